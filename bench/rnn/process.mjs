// What the experiments share: the core, in a process whose memory settings are those of Quartet's own workers.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

export const core = createRequire(import.meta.url)('../../libs/core/dist');

/** Runs `main` in a child process with the engine's environment, which has to be set before a process starts. */
export async function runMain(main, usage) {
  if (process.argv.includes('--help')) return process.stdout.write(usage);
  const missing = core.engineEnvironment();
  if (Object.keys(missing).length > 0) {
    const { status } = spawnSync(process.execPath, process.argv.slice(1), { stdio: 'inherit', env: { ...process.env, ...missing } });
    process.exitCode = status ?? 1;
    return undefined;
  }
  return main();
}

/** Seconds since the process started, before each line. */
export const say = (text) => process.stderr.write(`${process.uptime().toFixed(0).padStart(5)} s  ${text}\n`);

export const int32 = (shape, data) => ({ dtype: 'int32', shape, data });
export const float32 = (shape, data) => ({ dtype: 'float32', shape, data });

/** The numbers 0 to count - 1 in an order that depends on the seed alone (Fisher and Yates). */
export function shuffled(count, ...seed) {
  const random = core.uniformNumbers(core.deriveSeed(...seed));
  const order = Int32Array.from({ length: count }, (_, index) => index);
  for (let index = count - 1; index > 0; index -= 1) {
    const other = Math.floor(random() * (index + 1));
    [order[index], order[other]] = [order[other], order[index]];
  }
  return order;
}
