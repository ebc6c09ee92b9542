import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEMO_MAIN, runCli } from '../src/testing/run-cli';

jest.setTimeout(170_000);

const folder = mkdtempSync(join(tmpdir(), 'quartet-demo-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Processes that carry the folder in their environment: services and trainings that the demo left behind. */
function leftBehind(): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`QUARTET_HOME=${folder}`);
    } catch {
      return false;
    }
  });
}

test('the small demo tells the whole story, leaves pictures and no process', async () => {
  const home = join(folder, 'whole');
  const result = await runCli(['--small', '--home', home], { main: DEMO_MAIN });
  expect(result.stderr).toBe('');
  expect(result.stdout).toMatch(/^✓ gateway on 127\.0\.0\.1:\d+$/m);
  expect(result.stdout).toMatch(/^train +3,600 /m);
  expect(result.stdout).toMatch(/^train 100 % {2}epoch 1\/1 {2}loss/m);
  expect(result.stdout).toContain('✓ digits version 1 is in production');
  expect(result.stdout).toMatch(/^accuracy {4}\d\d\.\d\d % \(\d+ of 1,000 test images\)$/m);
  expect(result.stdout).toMatch(/^throughput {2}[\d,]+ images\/s through the gateway$/m);
  expect(result.stdout).toMatch(/^true ╲ as │ +0 +1 +2 +3 +4 +5 +6 +7 +8 +9 │ recall$/m);
  expect(result.stdout).toMatch(/✓ \d \(\d+\.\d %\).*✗ \d as \d \(/);
  expect(result.stdout).toMatch(/^training +\d+\.\d MiB$/m);
  expect(result.stdout).toMatch(/✓ gateway stopped\n✓ cnn stopped\n✓ registry stopped\n\nThe demo is done after/);
  expect(result.code).toBe(0);
  expect(readdirSync(home).sort()).toEqual(['confusion-matrix.png', 'demo.json', 'learning-curve.png', 'logs']);
  expect(leftBehind()).toEqual([]);
});

test('the small forecasting demo trains on a real series and draws the forecast', async () => {
  const home = join(folder, 'forecast');
  const result = await runCli(['rnn', '--small', '--home', home], { main: DEMO_MAIN });
  expect(result.stderr).toBe('');
  expect(result.stdout).toMatch(/^co2: series data, a row every month from 1958-03-01; CO2; 5 values interpolated$/m);
  expect(result.stdout).toContain('✓ air version 1 is in production');
  expect(result.stdout).toMatch(/^CO2 +━ history +━ forecast$/m);
  expect(result.stdout).toMatch(/^STEP +0\.1 +MEDIAN +0\.9 +WHAT CAME$/m);
  expect(result.stdout).toMatch(/^2020-04-01 +4\d\d/m);
  expect(result.stdout).toMatch(/^backtest of 109 forecasts: error 0\.\d+ of the seasonal naive forecast's, MASE 0\.\d+;/m);
  expect(result.stdout).toMatch(/✓ gateway stopped\n✓ rnn stopped\n✓ registry stopped\n/);
  expect(result.code).toBe(0);
  expect(leftBehind()).toEqual([]);
});

test('Ctrl-C in mid-training stops everything and ends with 130', async () => {
  const home = join(folder, 'interrupted');
  let asked = false;
  const result = await runCli(['--small', '--home', home], {
    main: DEMO_MAIN,
    onOutput: (text, kill) => {
      if (asked || !/^train \d+ % /m.test(text)) return;
      asked = true;
      kill('SIGINT');
    },
  });
  expect(result).toMatchObject({ code: 130, stderr: 'interrupted\n' });
  expect(result.stdout).toMatch(/✓ gateway stopped\n✓ cnn stopped\n✓ registry stopped\n/);
  expect(leftBehind()).toEqual([]);
});

test('a service that dies in the middle ends the demo with its log', async () => {
  const home = join(folder, 'killed');
  let killed = false;
  const result = await runCli(['--small', '--home', home], {
    main: DEMO_MAIN,
    onOutput: (text) => {
      const file = join(home, 'run', 'registry.json');
      if (killed || !text.includes('Loading MNIST') || !existsSync(file)) return;
      killed = true;
      process.kill((JSON.parse(readFileSync(file, 'utf8')) as { pid: number }).pid, 'SIGKILL');
    },
  });
  expect(result.code).toBe(1);
  expect(result.stderr).toMatch(/the registry ended with SIGKILL in the middle of the demo:\n/);
  expect(leftBehind()).toEqual([]);
});

test('a folder that is not the demo\'s own is left alone', async () => {
  const result = await runCli(['--home', tmpdir()], { main: DEMO_MAIN });
  expect(result).toMatchObject({ code: 1, stderr: expect.stringContaining('exists and was not made by the demo') });
});

test('the small demo of the autoencoder denoises digits, before and after', async () => {
  const home = join(folder, 'denoise');
  const result = await runCli(['autoencoder', '--small', '--home', home], { main: DEMO_MAIN });
  expect(result.stderr).toBe('');
  const [, before, after] = /^noisy +(\d+\.\d) dB PSNR[^]*^denoised +(\d+\.\d) dB/m.exec(result.stdout) ?? [];
  expect(Number(after)).toBeGreaterThan(Number(before) + 4);
  expect(result.stdout).toMatch(/^before$[^]*[░▒▓█][^]*^after$[^]*[░▒▓█]/m);
  expect(result.stdout).toContain('The demo is done after');
  expect(result.code).toBe(0);
  expect(readdirSync(home).sort()).toEqual(['demo.json', 'denoised.png', 'logs']);
  expect(leftBehind()).toEqual([]);
});

test('the small demo of the GAN makes digits, round by round', async () => {
  const home = join(folder, 'generate');
  const result = await runCli(['gan', '--small', '--home', home], { main: DEMO_MAIN });
  expect(result.stderr).toBe('');
  expect(result.stdout).toMatch(/^round \d+$[^]*[░▒▓█][^]*^round \d+$[^]*[░▒▓█]/m);
  expect(result.stdout).toMatch(/^distance +\d+\.\d+ to 200 real test digits; real training digits have \d+\.\d+$/m);
  expect(result.stdout).toContain('The demo is done after');
  expect(result.code).toBe(0);
  expect(readdirSync(home).sort()).toEqual(['demo.json', 'digits-by-round.png', 'digits.png', 'interpolation.png', 'learning-curve.png', 'logs']);
  expect(leftBehind()).toEqual([]);
});
