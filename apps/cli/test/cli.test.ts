import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { band, SIDE, writeBands } from '../src/testing/bands';
import { testFfmpeg, writeFades } from '../src/testing/fades';
import { runCli, type RunResult } from '../src/testing/run-cli';

jest.setTimeout(300_000);

const folder = mkdtempSync(join(tmpdir(), 'quartet-cli-'));
const env = { QUARTET_HOME: join(folder, 'home'), QUARTET_GATEWAY_PORT: '0', QUARTET_CNN_PORT: '0', QUARTET_RNN_PORT: '0', QUARTET_AUTOENCODER_PORT: '0', QUARTET_REGISTRY_PORT: '0', QUARTET_HOST: '', QUARTET_LOG_LEVEL: 'info', QUARTET_FFMPEG: testFfmpeg(), NO_COLOR: '' };
const ESCAPE = '\x1b[';
const cli = (...args: string[]) => runCli(args, { env });
const json = <T = unknown>(result: RunResult) => JSON.parse(result.stdout) as T;
interface Line {
  id: string;
  sequence: string;
  epochEnd?: { epoch: number };
}
const jsonLines = (result: RunResult) => result.stdout.trim().split('\n').map((line) => JSON.parse(line) as Line);
const services = async () => json<{ services: { name: string; health: string; pid: number }[] }>(await cli('status', '--json')).services;

beforeAll(async () => {
  writeBands(join(folder, 'bands'), 240, 60);
  const up = await cli('up');
  expect(up.stderr).toBe('');
  expect(up.stdout).toMatch(/✓ registry on 127\.0\.0\.1:\d+\n/);
  expect(up.stdout).toMatch(/Quartet is up after .*; the gateway is 127\.0\.0\.1:\d+\.\n/);
  expect(up.code).toBe(0);
});

afterAll(async () => {
  const down = await cli('down');
  rmSync(folder, { recursive: true, force: true });
  expect(down).toMatchObject({ code: 0, stderr: '' });
  expect(down.stdout).toMatch(/✓ gateway stopped after .*\n✓ autoencoder stopped after .*\n✓ gan stopped after .*\n✓ rnn stopped after .*\n✓ cnn stopped after .*\n✓ registry stopped after /);
});

test('status tells of the processes, as a table and as JSON', async () => {
  const status = await cli('status');
  expect(status.code).toBe(0);
  expect(status.stdout).toMatch(/^SERVICE +HEALTH +ADDRESS/);
  for (const name of ['registry', 'cnn', 'rnn', 'gan', 'autoencoder', 'gateway']) expect(status.stdout).toMatch(new RegExp(`^${name} +serving +127`, 'm'));
  expect((await services()).map(({ name, health }) => [name, health])).toEqual([['registry', 'serving'], ['cnn', 'serving'], ['rnn', 'serving'], ['gan', 'serving'], ['autoencoder', 'serving'], ['gateway', 'serving']]);
});

test('up again says that it is up, and starts nothing', async () => {
  const before = (await services()).map(({ pid }) => pid);
  const again = await cli('up');
  expect(again).toMatchObject({ code: 0, stderr: '' });
  expect(again.stdout).toMatch(/^Quartet is already up:\n {2}registry on /);
  expect(json(await cli('up', '--json'))).toMatchObject({ alreadyUp: true });
  expect((await services()).map(({ pid }) => pid)).toEqual(before);
});

test('lists are empty at first, and say what to do', async () => {
  expect((await cli('data', 'list')).stdout).toBe('No data sets yet; `quartet data import mnist builtin:mnist` loads one.\n');
  expect((await cli('models', 'list')).stdout).toContain('`quartet train cnn --model NAME --data DATA`');
  expect(json(await cli('jobs', '--json'))).toEqual([]);
});

test('what is not there is an error with a hint, and exit code 1', async () => {
  const missing = await cli('data', 'show', 'nothing');
  expect(missing).toMatchObject({ code: 1, stdout: '' });
  expect(missing.stderr).toMatch(/^error: .*"nothing".*\nhint: `quartet data list` shows the data sets there are\n$/);
  expect((await cli('predict', 'nobody', __filename)).stderr).toMatch(/^error: .*"nobody".*\nhint: `quartet models list`/);
  expect((await cli('watch', 'no-such-job')).stderr).toMatch(/^error: .*no-such-job/);
});

describe('from files to predictions', () => {
  let job = '';

  test('a folder is uploaded, its format told by its names', async () => {
    const upload = await cli('data', 'upload', 'bands', join(folder, 'bands'), '--validation', '0.2');
    expect(upload).toMatchObject({ code: 0, stderr: '' });
    expect(upload.stdout).toContain('upload bands 100 %');
    expect(upload.stdout).toMatch(/bands: image data, examples of shape \[12, 12, 1\], 3 classes/);
    expect(upload.stdout).toMatch(/^train +192 +64 +64 +64$/m);
    expect(upload.stdout).not.toContain(ESCAPE);
    expect(json(await cli('data', 'show', 'bands', '--json'))).toMatchObject({ name: 'bands', schema: { exampleShape: ['12', '12', '1'] } });
    expect((await cli('data', 'list')).stdout).toMatch(/^bands +image +12×12×1 +3 +300 /m);
  });

  test('texts, pairs and tagged sentences are shown with their first examples', async () => {
    writeFileSync(join(folder, 'notes.csv'), 'text,label\nall is well,good\n"nothing,\nreally",bad\nfine,good\nawful,bad\n');
    const texts = await cli('data', 'upload', 'notes', join(folder, 'notes.csv'), '--format', 'text', '--validation', '0');
    expect(texts).toMatchObject({ code: 0, stderr: '' });
    expect(texts.stdout).toMatch(/notes: text data, text of at most 15 B; 2 classes/);
    expect((await cli('data', 'show', 'notes')).stdout).toMatch(/\n1\. \[good\] all is well\n2\. \[bad\] nothing, really\n3\. \[good\] fine\n$/);
    writeFileSync(join(folder, 'words.tsv'), 'source\ttarget\none\tun\n');
    await cli('data', 'upload', 'words', join(folder, 'words.tsv'));
    expect((await cli('data', 'show', 'words')).stdout).toMatch(/words: pairs data, source of at most 3 B, target of at most 2 B; no classes[^]*\n1\. one -> un\n$/);
    writeFileSync(join(folder, 'tags.conll'), 'I\tPRON\nsee\tVERB\n');
    await cli('data', 'upload', 'tags', join(folder, 'tags.conll'));
    expect((await cli('data', 'show', 'tags')).stdout).toMatch(/; 2 tags\n[^]*\ntags PRON, VERB\n1\. I\/PRON see\/VERB\n$/);
    expect((await cli('data', 'list')).stdout).toMatch(/^words +pairs +source \+ target +0 +1 /m);
    for (const name of ['notes', 'words', 'tags']) await cli('data', 'delete', name);
  });

  test('a name that is taken, and files that are damaged, are refused', async () => {
    expect(await cli('data', 'upload', 'bands', join(folder, 'bands'))).toMatchObject({ code: 1, stderr: expect.stringMatching(/^error: .*bands/) });
    const damaged = join(folder, 'train-images-idx3-ubyte');
    writeFileSync(damaged, readFileSync(join(folder, 'bands', 'train-images-idx3-ubyte')).subarray(0, 500));
    const refused = await cli('data', 'upload', 'damaged', damaged);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^error: .*train-images-idx3-ubyte/);
  });

  test('training with --json gives the job, its events and its end, one line each', async () => {
    const train = await cli('train', 'cnn', '--model', 'banding', '--data', 'bands', '--epochs', '2', '--batch-size', '16', '--seed', '3', '--watch', '--json', '--plot', join(folder, 'report.png'));
    expect(train).toMatchObject({ code: 0, stderr: '' });
    const lines = jsonLines(train);
    job = lines[0]!.id;
    expect(lines[0]).toMatchObject({ model: 'banding', dataset: 'bands', state: 'JOB_STATE_QUEUED' });
    const events = lines.slice(1, -1);
    expect(events.map(({ sequence }) => Number(sequence))).toEqual(events.map((_, at) => at + 1));
    expect(events.filter(({ epochEnd }) => epochEnd).map(({ epochEnd }) => epochEnd?.epoch)).toEqual([1, 2]);
    expect(lines.at(-1)).toMatchObject({ id: job, state: 'JOB_STATE_SUCCEEDED', version: '1' });
    const picture = await sharp(join(folder, 'report.png')).metadata();
    expect(picture.format).toBe('png');
    expect(picture.width).toBeGreaterThan(1500);
  });

  test('a finished job is watched in plain lines where there is no terminal', async () => {
    const watch = await cli('watch', job);
    expect(watch).toMatchObject({ code: 0, stderr: '' });
    expect(watch.stdout).not.toContain(ESCAPE);
    expect(watch.stdout).toMatch(/^train 100 % {2}epoch 2\/2 {2}loss [\d.]+ {2}accuracy [\d.]+ %/m);
    expect(watch.stdout).toMatch(/^epoch 1 {2}loss [\d.]+ {2}accuracy [\d.]+ % {2}val loss [\d.]+ {2}val accuracy/m);
    expect(watch.stdout).toMatch(/confusion matrix on the test part\ntrue ╲ as │ +0 +1 +2 │ recall/);
    expect(watch.stdout).toMatch(/✓ banding version 1: [\d,]+ parameters/);
  });

  test('on a terminal there are a bar, colours and curves', async () => {
    const watch = await runCli(['watch', job], { env: { ...env, NO_COLOR: '', FORCE_COLOR: '1' }, terminal: true });
    expect(watch.code).toBe(0);
    expect(watch.stdout).toContain(ESCAPE);
    expect(watch.stdout).toMatch(/train .*█.* 100 %/);
    expect(watch.stdout).toMatch(/loss.*━ training.*━ validation/);
  });

  test('NO_COLOR is respected on a terminal', async () => {
    const shown = await runCli(['models', 'show', 'banding@1'], { env: { ...env, NO_COLOR: '1' }, terminal: true });
    expect(shown.code).toBe(0);
    expect(shown.stdout).toContain('CLASS');
    expect(shown.stdout).not.toContain(ESCAPE);
  });

  test('promotion moves a label', async () => {
    const promote = await cli('promote', 'banding', '1');
    expect(promote).toMatchObject({ code: 0, stdout: '✓ production of banding is now version 1.\n' });
    expect(json(await cli('promote', 'banding', '1', '--label', 'canary', '--json'))).toMatchObject({ label: { name: 'canary', version: '1' } });
    expect((await cli('models', 'list')).stdout).toMatch(/^banding +cnn +1 +.*production→1/m);
    expect(await cli('canary', 'banding', '1', '--weight', '10')).toMatchObject({ code: 1, stderr: expect.stringContaining('Version 1 of model "banding" is the production version already') });
    expect(await cli('canary', 'banding', '1', '--weight', '200')).toMatchObject({ code: 2, stderr: expect.stringContaining('whole number from 0 to 100') });
    expect(await cli('rollback', 'banding')).toMatchObject({ code: 1, stderr: expect.stringContaining('production has pointed at version 1 only') });
    expect((await cli('traffic', 'banding')).stdout).toBe('banding has no canary and no shadow: production answers every call that names no version.\n');
    expect(await cli('promote', 'banding', '9')).toMatchObject({ code: 1, stderr: expect.stringMatching(/^error: .*9/) });
  });

  test('a canary gets part of the calls, and is rolled back', async () => {
    for (const seed of ['1', '2']) {
      expect((await cli('train', 'cnn', '--model', 'lines', '--data', 'bands', '--epochs', '1', '--batch-size', '32', '--seed', seed, '--watch', '--json')).code).toBe(0);
    }
    await cli('promote', 'lines', '1');
    const canary = await cli('canary', 'lines', '2', '--weight', '25', '--shadow', '50', '--max-disagreement', '0.2', '--max-drift', '0');
    expect(canary.stdout).toBe(
      'lines: version 2 is the canary and gets 25 % of the calls; it is rolled back by itself if it does worse than production.\n' +
        "lines: version 2 is the shadow and answers a copy of 50 % of production's calls, for comparison.\n",
    );
    expect(json(await cli('traffic', 'lines', '--json'))).toMatchObject({ canary: { version: '2', weight: 25, rollback: { maxDisagreement: 0.2, maxDrift: 0 } }, shadow: { version: '2', percent: 50 } });
    expect((await cli('shadow', 'lines', '2', '--percent', '0')).stdout).toContain('version 2 is the canary');
    expect((await cli('rollback', 'lines', '--reason', 'slow')).stdout).toBe('✓ the canary, version 2 of lines, is ended; version 1 answers every call.\n');
    expect((await cli('traffic', 'lines')).stdout).toContain('Last rolled back: version 2: slow.');
    await cli('promote', 'lines', '2');
    expect((await cli('rollback', 'lines')).stdout).toBe('✓ production of lines is version 1 again (before: version 2).\n');
    expect((await cli('models', 'delete', 'lines', '--force')).code).toBe(0);
  });

  test('PNG, JPEG and .npy files are classified', async () => {
    const png = join(folder, 'upper.png');
    const jpeg = join(folder, 'middle.jpg');
    const npy = join(folder, 'two.npy');
    const raw = { raw: { width: SIDE, height: SIDE, channels: 1 as const } };
    await sharp(band(0, 7), raw).png().toFile(png);
    await sharp(band(1, 8), raw).jpeg({ quality: 95 }).toFile(jpeg);
    const header = `{'descr': '|u1', 'fortran_order': False, 'shape': (2, ${SIDE}, ${SIDE}, 1), }`.padEnd(117) + '\n';
    writeFileSync(npy, Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), Buffer.from([118, 0]), Buffer.from(header), band(2, 9), band(0, 10)]));
    const predict = json<{ results: { file: string; classes: { index: number }[] }[] }>(await cli('predict', 'banding', png, jpeg, npy, '--top', '2', '--json'));
    expect(predict).toMatchObject({ model: 'banding', version: 1 });
    expect(predict.results.map((r) => [r.file, r.classes.length, r.classes[0]!.index])).toEqual([[png, 2, 0], [jpeg, 2, 1], [`${npy}[0]`, 2, 2], [`${npy}[1]`, 2, 0]]);
    const table = await cli('predict', 'banding@canary', png);
    expect(table.stdout).toMatch(/^IMAGE +CLASS {2}PROBABILITY\n.*upper\.png +0 +\d+\.\d\d %\nanswered by banding version 1\n$/);
  });

  test('an image is explained, and the layers are looked at', async () => {
    const png = join(folder, 'to-explain.png');
    const picture = join(folder, 'new', 'explained.png');
    await sharp(band(0, 7), { raw: { width: SIDE, height: SIDE, channels: 1 } }).png().toFile(png);
    const cam = await cli('explain', png, '--model', 'banding', '--output', picture);
    expect(cam.stdout).toMatch(/^seen as 0 \(\d+\.\d\d %\)\n.* at layers\.\d+ .*\ndrawn to .*explained\.png\nanswered by banding version 1\n$/);
    expect(await sharp(picture).metadata()).toMatchObject({ format: 'png' });
    const hidden = await cli('explain', png, '--model', 'banding', '--method', 'occlusion', '--class', '1', '--window', '4');
    expect(hidden.stdout).toMatch(/^seen as 0 \(.* %\); 1 has \d+\.\d\d %\nhiding 4 x 4 pixels .*\n/);
    expect(json(await cli('explain', png, '--model', 'banding', '--json'))).toMatchObject({ version: 1, method: 'grad-cam', explained: { index: 0, name: '0' } });
    const refused = await cli('explain', png, '--model', 'banding', '--layer', 'x');
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/^error: .*is 'x'; the network has layers\.0, /) });
    expect(await cli('explain', png, '--model', 'banding', '--window', '4')).toMatchObject({ code: 2, stderr: expect.stringContaining('--window and --stride are for --method occlusion') });
    expect((await cli('inspect', 'banding')).stdout).toMatch(/^LAYER +KIND +SHAPE *\nlayers\.0 +[^]*\nlogits +dense +3 *\nanswered by banding version 1\n$/);
    for (const view of [['--filters'], ['--activations', png], ['--excite', '--units', '1', '--steps', '4'], ['--examples', '--search', '20', '--count', '3']]) {
      const to = join(folder, `${view[0]!.slice(2)}.png`);
      expect(await cli('inspect', 'banding', ...view, '--output', to)).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining(`drawn to ${to}`) });
      expect(await sharp(to).metadata()).toMatchObject({ format: 'png' });
    }
    expect(await cli('inspect', 'banding', '--filters', '--excite')).toMatchObject({ code: 2, stderr: expect.stringContaining('give one at a time') });
  });

  test('a file that is no image is refused by name of the field', async () => {
    const refused = await cli('predict', 'banding', join(folder, 'bands', 't10k-labels-idx1-ubyte'));
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^error: .*images/m);
  });

  test('an export holds the files that the version names', async () => {
    const to = join(folder, 'exported');
    const exported = json<{ files: { path: string }[] }>(await cli('models', 'export', 'banding', '--to', to, '--json'));
    const paths = exported.files.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['manifest.json', 'weights.safetensors', 'saved_model/saved_model.pb']));
    const version = json<{ weightsSha256: string }>(await cli('models', 'show', 'banding@1', '--json'));
    expect(createHash('sha256').update(readFileSync(join(to, 'weights.safetensors'))).digest('hex')).toBe(version.weightsSha256);
    const again = await cli('models', 'export', 'banding', '--to', to);
    expect(again).toMatchObject({ code: 1, stderr: `error: the folder ${to} is not empty\nhint: give another one with --to\n` });
  });

  test('jobs can be queued without a watch, listed and cancelled', async () => {
    const queued = await cli('train', 'cnn', '--model', 'banding', '--data', 'bands', '--epochs', '5000', '--no-watch');
    const id = /^Training (\S+) is queued; `quartet watch \1` follows it\.\n$/.exec(queued.stdout)?.[1] ?? '';
    expect(id).not.toBe('');
    expect((await cli('jobs', '--model', 'banding')).stdout).toMatch(new RegExp(`^${id} +(queued|running) +cnn +banding `, 'm'));
    expect((await cli('cancel', id)).stdout).toMatch(/is cancelled\.|ends at its next step\./);
    const watch = await cli('watch', id);
    expect(watch.code).toBe(1);
    expect(watch.stderr).toMatch(new RegExp(`^error: training ${id} of banding cancelled.*\nhint: \`quartet resume ${id}\``));
    expect((await cli('jobs', '--state', 'cancelled')).stdout).toContain(id);
  });

  test('a bad training request names the field', async () => {
    const refused = await cli('train', 'cnn', '--model', 'Bad Name!', '--data', 'bands', '--no-watch');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^error: .*model/);
  });

  test('what is in use is not deleted without force', async () => {
    expect(await cli('models', 'delete', 'banding')).toMatchObject({ code: 1, stderr: expect.stringMatching(/^error: .*label/i) });
    expect((await cli('models', 'unlabel', 'banding', 'canary')).stdout).toBe('banding has no label canary any more.\n');
    expect((await cli('models', 'delete', 'banding', '--force')).stdout).toBe('Model banding is deleted, with all its versions.\n');
    expect((await cli('data', 'delete', 'bands')).stdout).toBe('Data set bands is deleted.\n');
    expect(existsSync(env.QUARTET_HOME)).toBe(true);
  });
});

describe('from video files to predictions', () => {
  test('a folder of clips a class is uploaded, trained on, and its model watches a video', async () => {
    writeFades(join(folder, 'fades'), 12);
    const upload = await cli('data', 'upload', 'fades', join(folder, 'fades'), '--frames', '4', '--height', '8', '--width', '8', '--channels', '1', '--validation', '0');
    expect(upload).toMatchObject({ code: 0, stderr: '' });
    expect(upload.stdout).toMatch(/fades: video data, examples of shape \[4, 8, 8, 1\], 2 classes/);
    const train = await cli('train', 'cnn', '--model', 'fade', '--data', 'fades', '--filters', '4', '8', '--dropout', '0', '--epochs', '40', '--batch-size', '8', '--learning-rate', '0.01', '--watch');
    expect(train).toMatchObject({ code: 0, stderr: '' });
    const file = join(folder, 'fades', 'darker', '3.mp4');
    const whole = await cli('predict', 'fade@1', file, join(folder, 'fades', 'brighter', '3.mp4'));
    expect(whole).toMatchObject({ code: 0, stderr: '' });
    expect(whole.stdout).toMatch(/^VIDEO +SECONDS +CLASS +PROBABILITY\n\S+darker\/3\.mp4 +darker +\d+\.\d+ %\n\S+brighter\/3\.mp4 +brighter /);
    const rolling = await cli('predict', 'fade@1', file, '--fps', '8', '--stride', '2');
    expect(rolling.stdout).toMatch(/3\.mp4 +0\.0 to 0\.5 +\w+ .*\n\S+ +0\.3 to 0\.8 .*\n\S+ +0\.5 to 1\.0 .*\n\S+ +all +darker /);
    expect(json(await cli('predict', 'fade@1', file, '--json'))).toMatchObject({ model: 'fade', version: 1, results: [{ file, classes: [{ name: 'darker' }] }] });
    // `classify` tells files from texts by their names.
    expect(json(await cli('classify', 'fade@1', file, '--json'))).toMatchObject({ model: 'fade', version: 1, results: [{ file, classes: [{ name: 'darker' }] }] });
  });

  test('what does not go together is told', async () => {
    expect(await cli('classify', 'fade@1', 'nowhere.mp4')).toMatchObject({ code: 2, stderr: expect.stringMatching(/nowhere\.mp4: there is no such file/) });
    expect(await cli('classify', 'fade@1', 'a text', '--fps', '8')).toMatchObject({ code: 2, stderr: expect.stringMatching(/--fps and --stride are for video files; leave them out/) });
    expect(await cli('predict', 'fade@1', 'a.mp4', 'b.png')).toMatchObject({ code: 2, stderr: expect.stringMatching(/a\.mp4 is a video and b\.png is not; name files of one kind/) });
    expect(await cli('predict', 'fade@1', 'b.png', '--fps', '8')).toMatchObject({ code: 2, stderr: expect.stringMatching(/--fps and --stride are for video files; leave them out/) });
    expect(await cli('predict', 'fade@1', 'nowhere.mp4')).toMatchObject({ code: 2, stderr: expect.stringMatching(/nowhere\.mp4: there is no such file/) });
    expect(await cli('train', 'cnn', '--model', 'm', '--data', 'fades', '--flip')).toMatchObject({ code: 1, stderr: expect.stringMatching(/options\.augmentation.* is for images/) });
  });
});

describe('from a series to a forecast', () => {
  const months = Array.from({ length: 150 }, (_, i) => `${2000 + Math.floor(i / 12)}-${String((i % 12) + 1).padStart(2, '0')}-01,${(10 + i / 10 + 3 * Math.sin((i * Math.PI) / 6) + ((i * 7919) % 13) / 10).toFixed(3)}`);

  test('a series is uploaded, trained on, forecast and drawn', async () => {
    const file = join(folder, 'tides.csv');
    writeFileSync(file, ['month,height', ...months].join('\n'));
    const upload = await cli('data', 'upload', 'tides', file, '--format', 'series');
    expect(upload).toMatchObject({ code: 0, stderr: '' });
    expect(upload.stdout).toMatch(/^tides: series data, a row every month from 2000-01-01; height$/m);
    const train = await cli('train', 'rnn', '--model', 'tide', '--data', 'tides', '--units', '8', '--ensemble', '1', '--horizon', '6', '--epochs', '3', '--watch');
    expect(train).toMatchObject({ code: 0, stderr: '' });
    expect(train.stdout).toMatch(/backtest\/relativeError +0\.\d/);
    const forecast = await cli('forecast', 'tide@1', '--data', 'tides', '--back', '6');
    expect(forecast).toMatchObject({ code: 0, stderr: '' });
    expect(forecast.stdout).toMatch(/^height +━ history +━ forecast$/m);
    expect(forecast.stdout).toMatch(/^STEP +0\.1 +MEDIAN +0\.9 +WHAT CAME\n2012-01-01 /m);
    expect(forecast.stdout).toMatch(/^backtest of \d+ forecasts: error /m);
    const document = json<{ forecasts: { target: string; times: string[]; values: number[][] }[] }>(await cli('forecast', 'tide@1', '--data', 'tides', '--steps', '2', '--json'));
    expect(document.forecasts).toMatchObject([{ target: 'height', times: ['2012-07-01T00:00:00.000Z', '2012-08-01T00:00:00.000Z'], values: [[expect.any(Number), expect.any(Number), expect.any(Number)], expect.anything()] }]);
  });

  test('a column that is not there is refused by its field', async () => {
    const refused = await cli('train', 'rnn', '--model', 'm', '--data', 'tides', '--target', 'depth');
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/spec\.targets\[0\].*received "depth", expected one of height/) });
  });
});
