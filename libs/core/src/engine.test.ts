import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMadeForCuda } from './cuda';
import { engineEnvironment, startEngine } from './engine';

test('starts once and tells what it runs on', () => {
  const info = startEngine();
  expect(info).toEqual({ tensorflow: expect.stringMatching(/^\d+\.\d+\.\d+/), device: expect.stringMatching(/^(cpu|gpu)$/) });
  expect(startEngine()).toEqual(info);
});

test('thread counts become environment, and variables already set are left alone', () => {
  const environment = engineEnvironment({ intraOpThreads: 2, interOpThreads: 1 });
  expect(environment).toMatchObject({ TF_NUM_INTRAOP_THREADS: '2', TF_NUM_INTEROP_THREADS: '1' });
  process.env.TF_NUM_INTRAOP_THREADS = '7';
  expect(engineEnvironment({ intraOpThreads: 2 })).not.toHaveProperty('TF_NUM_INTRAOP_THREADS');
  delete process.env.TF_NUM_INTRAOP_THREADS;
});

test('memory of a GPU is taken as it is needed, up to a limit if there is one', () => {
  delete process.env.TF_FORCE_GPU_ALLOW_GROWTH; // Set when the engine started above.
  expect(engineEnvironment()).toMatchObject({ TF_FORCE_GPU_ALLOW_GROWTH: 'true' });
  expect(engineEnvironment({ gpuMemoryMb: 0 })).not.toHaveProperty('TF_PER_DEVICE_MEMORY_LIMIT_MB');
  expect(engineEnvironment({ gpuMemoryMb: 20000 })).toMatchObject({ TF_PER_DEVICE_MEMORY_LIMIT_MB: '20000' });
});

test('the TensorFlow for GPUs is known by what lies beside it', () => {
  const wheels = mkdtempSync(join(tmpdir(), 'quartet-wheels-'));
  const maps = `7f00-7f01 r-xp 00000000 fe:00 12    ${wheels}/tensorflow/libtensorflow_framework.so.2\n7f02-7f03 r-xp 00000000 fe:00 13    /usr/lib/libc.so.6\n`;
  expect(isMadeForCuda(maps)).toBe(false);
  mkdirSync(join(wheels, 'nvidia'));
  expect(isMadeForCuda(maps)).toBe(true);
  expect(isMadeForCuda('')).toBe(false);
  rmSync(wheels, { recursive: true });
});

test('a child process that has the environment keeps the memory that it frees', () => {
  // 40 rounds of 64 MB: given back, each would fault in 16384 pages.
  const program = `
    const rounds = Array.from({ length: 40 }, () => 1);
    const { startEngine } = require(process.argv[1]); startEngine();
    const tf = require('@tensorflow/tfjs');
    const round = () => tf.tidy(() => { tf.ones([4096, 4096]).add(1).sum().dataSync(); });
    round();
    const before = process.resourceUsage().minorPageFault;
    rounds.forEach(round);
    console.log((process.resourceUsage().minorPageFault - before) / rounds.length);`;
  const faults = (env: Record<string, string>): number => {
    const { stdout } = spawnSync(process.execPath, ['-e', program, require.resolve('..')], { encoding: 'utf8', env: { ...process.env, ...env }, cwd: __dirname });
    return Number(stdout);
  };
  expect(faults(engineEnvironment())).toBeLessThan(1000);
});

test('says what to run when the native binding is missing', () => {
  const program = `
    const module_ = require('node:module');
    const load = module_._load;
    module_._load = (name, ...rest) => {
      if (name.endsWith('tfjs_binding.node')) throw new Error('Cannot find module tfjs_binding.node');
      return load(name, ...rest);
    };
    try { require(process.argv[1]).startEngine(); } catch (error) { console.log(JSON.stringify({ reason: error.reason, message: error.message })); }`;
  const { stdout } = spawnSync(process.execPath, ['-e', program, require.resolve('..')], { encoding: 'utf8' });
  expect(JSON.parse(stdout)).toEqual({
    reason: 'UNAVAILABLE',
    message: "TensorFlow's native binding can't be loaded (Cannot find module tfjs_binding.node); run `npm run setup` to build it",
  });
});
