// Native TensorFlow: the two libraries of a pinned wheel and the C headers that the binding is compiled with. The CUDA
// variant adds NVIDIA's libraries from their own wheels. See docs/decisions/0010-native-tensorflow.md.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolderOnce, sha256Of } from './files.mjs';
import { cacheFolder } from './paths.mjs';
import { SetupError } from './report.mjs';
import { fetchFromWheel } from './wheels.mjs';

const lock = JSON.parse(readFileSync(new URL('tensorflow.lock.json', import.meta.url), 'utf8'));

export const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];

const TENSORFLOW_FILES = [
  ...LIBRARIES.map((library) => `tensorflow/${library}`),
  'tensorflow/THIRD_PARTY_NOTICES.txt',
  'tensorflow/include/tensorflow/c/*',
  'tensorflow/include/tensorflow/core/platform/ctstring*',
  'tensorflow/include/tsl/platform/ctstring*',
  'tensorflow/include/xla/tsl/c/*',
];
/** Headers of the NVIDIA wheels are left out; `bin` and `nvvm` hold what TensorFlow's compiler runs and links. */
const NVIDIA_FILES = ['nvidia/*/lib/*'];
const NVCC_FILES = ['nvidia/*/bin/*', 'nvidia/*/nvvm/*'];

/**
 * @param accelerator `cpu` or `cuda`, from QUARTET_ACCELERATOR.
 * @returns where that TensorFlow lies or will lie. The wheels' own layout is kept (tensorflow/ beside nvidia/), because
 *   TensorFlow's libraries find NVIDIA's through it.
 */
export function tensorflowFor(accelerator = process.env.QUARTET_ACCELERATOR || 'cpu', cache = cacheFolder()) {
  const wheels = lock.accelerators[accelerator];
  if (!wheels) {
    const known = Object.keys(lock.accelerators).join(', ');
    throw new SetupError(`QUARTET_ACCELERATOR is "${accelerator}"; it takes: ${known}.`, 'Unset it for the default, cpu');
  }
  // The hash tells another set of wheels, or of files kept from them, apart.
  const contents = sha256Of(JSON.stringify([wheels, wheels.map((wheel) => filesOf(wheel.name))])).slice(0, 8);
  const folder = join(cache, `tensorflow-${lock.version}-${accelerator}-${contents}`);
  const libraries = join(folder, 'tensorflow');
  return { version: lock.version, accelerator, wheels, folder, libraries, include: join(libraries, 'include') };
}

export const isFetched = (tensorflow) => LIBRARIES.every((library) => existsSync(join(tensorflow.libraries, library)));

/** Fetches the wheels of `tensorflow` into the cache, unless they are there. */
export async function fetchTensorflow(report, tensorflow) {
  await makeFolderOnce(tensorflow.folder, async (partial) => {
    for (const wheel of tensorflow.wheels) await fetchFromWheel(report, wheel, partial, filesOf(wheel.name));
  });
}

function filesOf(name) {
  if (!name.startsWith('nvidia-')) return TENSORFLOW_FILES;
  return name.startsWith('nvidia-cuda-nvcc') ? NVCC_FILES : NVIDIA_FILES;
}
