import { availableParallelism } from 'node:os';
import type { Settings } from '@quartet/contracts';
import { prepareEngine, type EngineOptions } from '@quartet/core';

type ThreadSettings = Pick<Settings, 'QUARTET_ENGINE_THREADS' | 'QUARTET_SERVING_THREADS'>;
type EngineSettings = ThreadSettings & Pick<Settings, 'QUARTET_GPU_MEMORY_MB'>;

const THREADS = 'TF_NUM_INTRAOP_THREADS';

/**
 * Threads of TensorFlow within an operation, for inference: a core is left to the thread that takes requests in and sends answers. Where there are two, the
 * one that remains is also the cheaper one: the threads of a pool wait for each other by spinning, which in a small network takes as long as its work.
 * @param cores Default: those that this process may use.
 */
export function servingThreads({ QUARTET_ENGINE_THREADS: engine, QUARTET_SERVING_THREADS: own }: ThreadSettings, options: EngineOptions = {}, cores = availableParallelism()): number {
  if (own > 0) return own;
  const all = engine > 0 ? engine : (options.intraOpThreads ?? cores);
  return Math.max(1, all - 1);
}

/**
 * Sets TensorFlow's environment for the workers of this process, which read it when the first of them starts. What is set already stays.
 * @param options The family's own.
 * @returns what training processes have in its place: theirs are all threads
 */
export function prepareEngines(settings: EngineSettings, options: EngineOptions = {}): NodeJS.ProcessEnv {
  const { QUARTET_ENGINE_THREADS: engine } = settings;
  const training = process.env[THREADS] ?? (engine > 0 ? engine : options.intraOpThreads)?.toString();
  prepareEngine({ ...options, intraOpThreads: servingThreads(settings, options), gpuMemoryMb: settings.QUARTET_GPU_MEMORY_MB });
  return { [THREADS]: training };
}
