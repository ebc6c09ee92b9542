import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

// The benchmarks of bench/cnn, small: they train by the service's own code.

async function run(script: string, ...options: string[]): Promise<Record<string, number>> {
  const { stdout } = await promisify(execFile)(process.execPath, [resolve(__dirname, '../../../bench/cnn', script), ...options]);
  return JSON.parse(stdout) as Record<string, number>;
}

test('MNIST: three passes over 3,000 digits', async () => {
  const { accuracy, steps, temperature, calibrationError } = await run('mnist.mjs', '--epochs', '3', '--train', '3000', '--test', '1000');
  expect(steps).toBe(69);
  expect(accuracy).toBeGreaterThan(0.93);
  // Smoothed labels leave a network less sure than it should be.
  expect(temperature).toBeLessThan(1);
  expect(calibrationError).toBeLessThan(0.08);
});

test('ten labels a class: sixty steps', async () => {
  const { accuracy, steps } = await run('few.mjs', '--epochs', '60', '--test', '1000');
  expect(steps).toBe(60);
  expect(accuracy).toBeGreaterThan(0.82);
});
