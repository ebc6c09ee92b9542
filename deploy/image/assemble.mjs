// Puts together what a container needs to run, from a clone that is set up and built, and nothing else:
//   assemble.mjs cpu|cuda <folder that doesn't exist yet>
// bin/ (Node, the entry point), libs/ and services/ (compiled), node_modules/ (production only), engine/ (TensorFlow's
// libraries), sbom.cdx.json.
import { cpSync, chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { compiledBinding } from '../../tools/setup/binding.mjs';
import { runQuietly } from '../../tools/setup/command.mjs';
import { inRoot, node24 } from '../../tools/setup/paths.mjs';
import { createReport } from '../../tools/setup/report.mjs';
import { isFetched, tensorflowFor } from '../../tools/setup/tensorflow.mjs';
import { billOfMaterials } from './sbom.mjs';
import { copyTree, linkTree } from './trees.mjs';

const BINDING = join('node_modules', '@tensorflow', 'tfjs-node-gpu', 'lib', 'napi-v8', 'tfjs_binding.node');
/** Needed to build, to type-check or to debug. */
const NOT_AT_RUN_TIME = /\.(d\.[cm]?ts|map|tsbuildinfo|cc|h|md)$|\.test\.[cm]?js$/;

/**
 * @param target folder that doesn't exist yet
 * @param application of assembleApplication, for several trees: the tree's files are its own and the cache's, by hard links where the file system allows. Nothing may write to such a tree
 */
export async function assemble(accelerator, target, { application } = {}) {
  refuseThere(target);
  const tensorflow = tensorflowFor(accelerator);
  if (!isFetched(tensorflow)) throw new Error(`TensorFlow for ${accelerator} is not fetched; run \`QUARTET_ACCELERATOR=${accelerator} npm run setup\` first`);
  if (application) linkTree(application, target);
  else await assembleApplication(target);
  await copyEngine(tensorflow, target, application ? linkTree : copyTree);
  writeFileSync(join(target, 'sbom.cdx.json'), `${JSON.stringify(await billOfMaterials(target, tensorflow), null, 1)}\n`);
  for (const file of ['package-lock.json', '.npmrc']) rmSync(join(target, file));
}

/** All but the engine, which differs by accelerator. @param target folder that doesn't exist yet */
export async function assembleApplication(target) {
  refuseThere(target);
  const projects = ['libs', 'services'].flatMap((folder) => readdirSync(inRoot(folder)).map((name) => join(folder, name)));
  mkdirSync(target, { recursive: true });
  for (const file of ['package.json', 'package-lock.json', '.npmrc']) cpSync(inRoot(file), join(target, file));
  for (const project of projects) copyProject(project, target);
  await installProduction(projects, target);
  mkdirSync(join(target, 'bin'));
  cpSync(realpathSync(node24), join(target, 'bin', 'node'));
  cpSync(fileURLToPath(new URL('quartet-service', import.meta.url)), join(target, 'bin', 'quartet-service'));
  for (const name of ['node', 'quartet-service']) chmodSync(join(target, 'bin', name), 0o755);
}

function refuseThere(target) {
  if (existsSync(target)) throw new Error(`${target} is there already; give a folder that is not, or remove it`);
}

function copyProject(project, target) {
  if (!existsSync(inRoot(project, 'dist'))) throw new Error(`${project} is not built; run \`npm run build\` first`);
  const kept = (file) => !NOT_AT_RUN_TIME.test(file) && !/\/dist\/(testing|platform-testing)(\/|$)/.test(file);
  cpSync(inRoot(project, 'dist'), join(target, project, 'dist'), { recursive: true, filter: kept });
  for (const file of ['package.json', 'descriptors.binpb']) if (existsSync(inRoot(project, file))) cpSync(inRoot(project, file), join(target, project, file));
}

/** Exactly the lock file's packages that the services need, without the tools. */
async function installProduction(projects, target) {
  const manifest = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8'));
  for (const pattern of manifest.workspaces) {
    // npm wants every workspace that the lock file knows, the ones too that the image has no use for.
    for (const project of pattern.endsWith('/*') ? readdirSync(inRoot(dirname(pattern))).map((name) => join(dirname(pattern), name)) : [pattern]) {
      mkdirSync(join(target, project), { recursive: true });
      cpSync(inRoot(project, 'package.json'), join(target, project, 'package.json'));
    }
  }
  const workspaces = projects.flatMap((project) => ['--workspace', project]);
  const args = ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--no-progress', '--prefer-offline', ...workspaces];
  await runQuietly('npm', args, { cwd: target, env: { NODE_ENV: 'production' } });
  for (const folder of readdirSync(target).filter((name) => !['libs', 'services', 'node_modules'].includes(name))) {
    if (existsSync(join(target, folder, 'package.json')) || folder === 'apps') rmSync(join(target, folder), { recursive: true });
  }
  slim(join(target, 'node_modules'));
}

/** Types, source maps and C++ sources are some 40 % of the files. */
function slim(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile() && /\.(d\.[cm]?ts|map|cc|h)$/.test(entry.name)) rmSync(join(entry.parentPath, entry.name));
    if (entry.isSymbolicLink() && !existsSync(join(entry.parentPath, entry.name))) rmSync(join(entry.parentPath, entry.name));
  }
}

/** The libraries in the wheels' own layout, by which TensorFlow's find NVIDIA's, and the binding that was compiled against them. */
async function copyEngine(tensorflow, target, copy) {
  const headers = join(tensorflow.folder, 'tensorflow', 'include');
  copy(tensorflow.folder, join(target, 'engine'), (file) => file !== headers);
  mkdirSync(dirname(join(target, BINDING)), { recursive: true });
  // Not the one in this clone, which may be set up for the other accelerator.
  cpSync(await compiledBinding(createReport(), tensorflow), join(target, BINDING));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [accelerator, target] = process.argv.slice(2);
  if (!accelerator || !target) throw new Error('usage: assemble.mjs cpu|cuda <folder>');
  await assemble(accelerator, target);
}
