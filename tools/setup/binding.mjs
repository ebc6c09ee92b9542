// The native binding of @tensorflow/tfjs-node-gpu, compiled from the two C++ files in its package against the fetched
// TensorFlow. Compiled bindings are kept in the cache, so that another clone copies one.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runQuietly } from './command.mjs';
import { readJson, sha256Of, writeWhole } from './files.mjs';
import { cacheFolder, inNotes, inRoot, node24 } from './paths.mjs';
import { SetupError } from './report.mjs';
import { LIBRARIES } from './tensorflow.mjs';

const sources = inRoot('node_modules', '@tensorflow', 'tfjs-node-gpu', 'binding');
const nodeHeaders = inRoot('node_modules', 'node-api-headers', 'include');
/** Where the package looks for it (node-pre-gyp's layout). */
const target = inRoot('node_modules', '@tensorflow', 'tfjs-node-gpu', 'lib', 'napi-v8', 'tfjs_binding.node');
const stamp = inNotes('engine.json');
const verifyScript = fileURLToPath(new URL('verify_engine.cjs', import.meta.url));

/** Everything that the compiled binding depends on, as one hash. */
export function bindingKey(tensorflow) {
  const files = readdirSync(sources).filter((name) => /\.(cc|h)$/.test(name)).sort();
  const texts = files.flatMap((name) => [name, readFileSync(join(sources, name))]);
  return sha256Of(flags(tensorflow).join('\n'), readFileSync(join(nodeHeaders, 'node_api.h')), ...texts);
}

export const cachedBinding = (key, cache = cacheFolder()) => join(cache, 'bindings', `${key.slice(0, 16)}.node`);

/** True when this clone's binding is the one that `installBinding` put there and verified. */
export function isInstalled(tensorflow) {
  const noted = readJson(stamp);
  if (!noted || !existsSync(target)) return false;
  return noted.key === bindingKey(tensorflow) && noted.sha256 === sha256Of(readFileSync(target));
}

/**
 * Compiles the binding or takes the cached one, puts it in place, and has it multiply two matrices.
 * @returns the version that TensorFlow itself reports.
 */
export async function installBinding(report, tensorflow) {
  const key = bindingKey(tensorflow);
  const binding = readFileSync(await compiledBinding(report, tensorflow));
  writeWhole(target, binding, { mode: 0o755 });
  const version = await report.during('checking the engine', () => verify(tensorflow));
  writeWhole(stamp, `${JSON.stringify({ key, sha256: sha256Of(binding), tensorflow: version, libraries: tensorflow.libraries })}\n`);
  return version;
}

/** @returns the compiled binding in the cache, of any of the accelerators, whichever this clone is set up for. */
export async function compiledBinding(report, tensorflow) {
  const cached = cachedBinding(bindingKey(tensorflow));
  if (!existsSync(cached)) await report.during('compiling the TensorFlow binding', () => compile(tensorflow, cached));
  return cached;
}

const flags = ({ libraries, include }) => [
  ...['-std=c++17', '-O2', '-fPIC', '-shared', '-DNAPI_VERSION=8'],
  ...['-I', nodeHeaders.replace(inRoot(), '.'), '-I', include],
  ...['-L', libraries, ...LIBRARIES.map((library) => `-l:${library}`), ...['-Xlinker', '-rpath', '-Xlinker', libraries]],
];

async function compile(tensorflow, file) {
  const scratch = mkdtempSync(join(tmpdir(), 'quartet-binding-'));
  try {
    const output = join(scratch, 'tfjs_binding.node');
    const inputs = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => join(sources, name));
    // The inputs come before the libraries: the linker takes from a library only what is wanted so far.
    await runQuietly('g++', [...inputs, ...flags(tensorflow), '-o', output], {
      cwd: inRoot(),
      remedy: 'Update the compiler (`apt-get install -y g++`; GCC 9 or newer), then run the command again',
    });
    writeWhole(file, readFileSync(output), { mode: 0o755 });
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

async function verify(tensorflow) {
  const output = await runQuietly(node24, [verifyScript], {
    cwd: inRoot(),
    env: { TF_CPP_MIN_LOG_LEVEL: '2' },
    remedy: `Remove ${tensorflow.folder} and ${join(cacheFolder(), 'bindings')}, then run the command again`,
  });
  const { version } = JSON.parse(output.trim().split('\n').at(-1));
  if (version !== tensorflow.version) {
    throw new SetupError(`The binding runs TensorFlow ${version}, expected ${tensorflow.version}.`, 'Unset LD_LIBRARY_PATH and LD_PRELOAD, then run the command again');
  }
  return version;
}
