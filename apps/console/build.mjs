// Bundles the console into services/gateway/dist/site, from where the gateway serves it: `node apps/console/build.mjs`. Does nothing when
// what is there was made of the same sources. Types are checked by tsc, with those of the other projects.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import { commentsOf } from './comments.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');
const DESCRIPTORS = join(root, 'libs/contracts/descriptors.binpb');
/** Bytes, compressed, of what the first page loads. */
const FIRST_LOAD_LIMIT = 500_000;

const filesUnder = (folder) => readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort();

/** A digest of all that the result depends on. */
function digestOfSources() {
  const files = [...filesUnder(join(here, 'src')), join(here, 'index.html'), join(here, 'build.mjs'), join(here, 'comments.mjs'), DESCRIPTORS, join(root, 'package-lock.json')];
  const hash = createHash('sha256');
  for (const file of files) hash.update(relative(root, file)).update(readFileSync(file));
  return hash.digest('hex');
}

const compress = (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });

/** Files that an output loads at once: itself, what it imports, its styles. */
function loadedWith(outputs, name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  if (outputs[name].cssBundle) seen.add(outputs[name].cssBundle);
  for (const { path, kind } of outputs[name].imports) if (kind === 'import-statement') loadedWith(outputs, path, seen);
  return seen;
}

/** @returns the size of the first load in bytes, compressed; undefined: nothing had changed. */
export async function buildConsole(outdir = join(root, 'services/gateway/dist/site')) {
  const stamp = join(outdir, '.sources');
  const digest = digestOfSources();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return undefined;
  const { build } = await import('esbuild');
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  const assets = join(outdir, 'assets');
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [join(here, 'src/main.tsx')],
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    minify: true,
    metafile: true,
    legalComments: 'none',
    define: { 'process.env.NODE_ENV': '"production"' },
    outdir: assets,
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
    // A worklet is loaded by its address, which the policy for content wants to be the console's own.
    loader: { '.worklet.js': 'file' },
    publicPath: '/assets',
    logLevel: 'warning',
  });
  const { outputs } = metafile;
  const main = Object.keys(outputs).find((name) => outputs[name].entryPoint?.endsWith('src/main.tsx'));
  const address = (name) => `/${relative(outdir, join(root, name))}`;
  writeFileSync(join(assets, 'comments.json'), JSON.stringify(commentsOf(readFileSync(DESCRIPTORS))));
  const page = readFileSync(join(here, 'index.html'), 'utf8').replace('{script}', address(main)).replace('{styles}', address(outputs[main].cssBundle));
  writeFileSync(join(outdir, 'index.html'), page);
  for (const file of filesUnder(outdir)) writeFileSync(`${file}.br`, compress(readFileSync(file)));
  const size = [...loadedWith(outputs, main)].reduce((sum, name) => sum + readFileSync(join(root, `${name}.br`)).length, 0);
  if (size > FIRST_LOAD_LIMIT) throw new Error(`The console's first load is ${size} bytes compressed; at most ${FIRST_LOAD_LIMIT} are allowed. Load what not every page needs by import().`);
  writeFileSync(stamp, digest);
  return size;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const started = Date.now();
  const size = await buildConsole();
  console.log(size === undefined ? 'The console is up to date' : `The console is built: first load ${Math.round(size / 1000)} kB compressed, ${Date.now() - started} ms`);
}
