import util from 'node:util';
import { isMainThread } from 'node:worker_threads';
import type * as tfjs from '@tensorflow/tfjs';
import type { NodeJSKernelBackend } from '@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend';
import type { TFJSBinding } from '@tensorflow/tfjs-node-gpu/dist/tfjs_binding';
import { isMadeForCuda } from './cuda';
import { CoreError } from './errors';

// The one module that loads TensorFlow. All others ask `tf()` for it, so that the environment is set before it loads.

export type TF = typeof tfjs;
export type { NodeJSKernelBackend, TFJSBinding };
export type { Rank } from '@tensorflow/tfjs';
export type Tensor<R extends tfjs.Rank = tfjs.Rank> = tfjs.Tensor<R>;
export type Variable<R extends tfjs.Rank = tfjs.Rank> = tfjs.Variable<R>;
export type Scalar = tfjs.Scalar;
export type TensorMetadata = ReturnType<TFJSBinding['executeOp']>[number];
export type OpAttribute = Parameters<TFJSBinding['executeOp']>[1][number];

export interface EngineOptions {
  /** Threads within one operation. Default: TensorFlow's choice, one a core. */
  intraOpThreads?: number;
  /** Operations that run at the same time. Default: TensorFlow's choice. */
  interOpThreads?: number;
  /** Most memory that this process takes of each GPU, in MiB; 0, the default: as much as it needs. */
  gpuMemoryMb?: number;
}

export interface EngineInfo {
  /** Version of the TensorFlow library: `2.21.0`. */
  tensorflow: string;
  device: 'cpu' | 'gpu';
  /** What a person should know of it, once. */
  warning?: string;
}

/**
 * glibc gives each large tensor's memory back to the system when it is freed, and the next step pays for every page anew: a tenth to a
 * third of a step's time. These keep it, in one arena and huge pages. glibc reads them when a process starts, so that they work in
 * child processes only; other C libraries ignore them.
 */
const MEMORY = {
  MALLOC_MMAP_MAX_: '0',
  MALLOC_ARENA_MAX: '1',
  MALLOC_TRIM_THRESHOLD_: String(2 ** 34),
  MALLOC_TOP_PAD_: String(2 ** 26),
  GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1',
};

const WITHOUT_GPU =
  "this TensorFlow is made for NVIDIA's GPUs and finds none, so it computes on the CPU, many times slower; give the process a GPU (in Kubernetes `limits: { nvidia.com/gpu: 1 }`) on a machine whose driver knows CUDA 12 (`nvidia-smi` tells), or use the set-up or image without CUDA";

let loaded: TF | undefined;

/**
 * The environment that TensorFlow reads when it loads, for a child process. Variables already set are left alone.
 *
 * A worker thread's `process.env` doesn't reach native code: the main thread sets these (`prepareEngine`) before it
 * starts workers.
 */
export function engineEnvironment(options: EngineOptions = {}): Record<string, string> {
  const wanted: Record<string, string> = {
    // Errors only: TensorFlow's start-up remarks don't belong in a service's log.
    TF_CPP_MIN_LOG_LEVEL: '2',
    // A run is to repeat bit for bit, on a GPU too.
    TF_DETERMINISTIC_OPS: '1',
    // TensorFlow's default where the processor has AVX-512 VNNI, and off elsewhere; it is several times as fast with AVX2 as well.
    TF_ENABLE_ONEDNN_OPTS: '1',
    // TensorFlow would otherwise take all of a GPU's memory for its first context, and leave none for another process.
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
    ...MEMORY,
  };
  if (options.intraOpThreads) wanted.TF_NUM_INTRAOP_THREADS = String(options.intraOpThreads);
  if (options.interOpThreads) wanted.TF_NUM_INTEROP_THREADS = String(options.interOpThreads);
  if (options.gpuMemoryMb) wanted.TF_PER_DEVICE_MEMORY_LIMIT_MB = String(options.gpuMemoryMb);
  return Object.fromEntries(Object.entries(wanted).filter(([name]) => process.env[name] === undefined));
}

/** Sets TensorFlow's environment in this process without loading it: for a main thread whose workers will. */
export function prepareEngine(options: EngineOptions = {}): void {
  Object.assign(process.env, engineEnvironment(options));
}

/**
 * Loads TensorFlow in this thread; at once after the first time. Works in worker threads, each with a context of its
 * own. Its calls block the thread.
 *
 * @throws CoreError UNAVAILABLE when the native binding isn't built.
 */
export function startEngine(options: EngineOptions = {}): EngineInfo {
  if (!loaded) {
    if (isMainThread) prepareEngine(options);
    loaded = load();
  }
  const { TF_Version } = binding();
  const device = nodeBackend().isUsingGpuDevice ? 'gpu' : 'cpu';
  return { tensorflow: TF_Version, device, ...(device === 'cpu' && isMadeForCuda() && { warning: WITHOUT_GPU }) };
}

/** TensorFlow's JavaScript API. Starts the engine if that hasn't happened. */
export function tf(): TF {
  if (!loaded) startEngine();
  return loaded as TF;
}

/** The backend through which all kernels run. */
export function nodeBackend(): NodeJSKernelBackend {
  return tf().backend() as unknown as NodeJSKernelBackend;
}

/** The native binding: TensorFlow's eager ops and sessions. */
export function binding(): TFJSBinding {
  return nodeBackend().binding;
}

/** Runs `work` and frees every tensor it made; unlike tfjs' `tidy` it may return anything, so long as no tensor. */
export function scoped<T>(work: () => T): T {
  const engine = tf().engine();
  engine.startScope();
  try {
    return work();
  } finally {
    engine.endScope();
  }
}

/** Tensors alive in this thread: `api` counts tfjs' own, `native` those of TensorFlow. For leak tests. */
export function tensorCounts(): { api: number; native: number; sessions: number } {
  const native = binding();
  return {
    api: tf().memory().numTensors,
    native: native.getNumOfTensors(),
    sessions: native.getNumOfSavedModels(),
  };
}

function load(): TF {
  // tfjs-node calls two of util's old functions: one that Node 23 removed, and one that warns on standard error.
  const legacy = util as unknown as Record<'isNullOrUndefined' | 'isArray', (value: unknown) => boolean>;
  legacy.isNullOrUndefined ??= (value) => value === null || value === undefined;
  legacy.isArray = Array.isArray;
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- must load after the lines above, and at once
    return require('@tensorflow/tfjs-node-gpu') as TF;
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new CoreError(
      'UNAVAILABLE',
      `TensorFlow's native binding can't be loaded (${detail}); run \`npm run setup\` to build it`,
      { cause },
    );
  }
}
