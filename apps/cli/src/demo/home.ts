import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSettings, type Settings } from '@quartet/contracts';
import { AdviceError } from '../output';
import { stopPlatform } from '../platform/platform';
import { startOf } from '../platform/process-identity';

/** Names the process of the demo that uses the folder; and marks the folder as the demo's own, to be emptied. */
const MARKER = 'demo.json';
/** What stays when the demo has ended. */
const KEPT = new Set([MARKER, 'logs', 'learning-curve.png', 'confusion-matrix.png', 'forecast.png', 'denoised.png', 'digits-by-round.png', 'digits.png', 'interpolation.png']);

/** Settings of the caller that the demo honours; all others, such as a database's URL, are not its to use. */
const HONOURED = ['QUARTET_CACHE', 'QUARTET_ACCELERATOR', 'QUARTET_ENGINE_THREADS', 'QUARTET_LOG_LEVEL', 'QUARTET_TRACE_DIR', 'QUARTET_OTLP_ENDPOINT'];

/** The environment of the demo's services: a home of their own and free ports. */
export function demoEnvironment(home: string): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('QUARTET_') || HONOURED.includes(name));
  return { ...Object.fromEntries(others), QUARTET_HOME: home, QUARTET_GATEWAY_PORT: '0', QUARTET_CNN_PORT: '0', QUARTET_RNN_PORT: '0', QUARTET_GAN_PORT: '0', QUARTET_AUTOENCODER_PORT: '0', QUARTET_REGISTRY_PORT: '0' };
}

/**
 * Makes the folder empty for a new run: what a killed demo left running there is stopped first.
 * @throws AdviceError if another demo uses the folder now, or it isn't the demo's.
 */
export async function openHome(home: string): Promise<Settings> {
  const settings = readSettings(demoEnvironment(home));
  const marker = join(home, MARKER);
  if (existsSync(marker)) {
    const { pid, start } = JSON.parse(readFileSync(marker, 'utf8')) as { pid: number; start?: string };
    if (start !== undefined && startOf(pid) === start) throw new AdviceError(`the demo already runs here (process ${pid})`, 'wait for its end, or start this one in another folder');
    await stopPlatform(settings);
    rmSync(home, { recursive: true });
  } else if (existsSync(home) && readdirSync(home).length > 0) {
    throw new AdviceError(`${home} exists and was not made by the demo`, 'start the demo in another folder');
  }
  mkdirSync(home, { recursive: true });
  writeFileSync(marker, JSON.stringify({ pid: process.pid, start: startOf(process.pid) }));
  return settings;
}

/** Removes the state; pictures and logs stay. */
export function tidyHome(home: string): void {
  for (const name of readdirSync(home)) if (!KEPT.has(name)) rmSync(join(home, name), { recursive: true, force: true });
}
