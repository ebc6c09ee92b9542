import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { CoreError } from '../errors';
import type { ArtifactFile, Manifest } from './manifest';
import { MANIFEST_FILE, SAVED_MODEL_FILE, SAVED_MODEL_FOLDER, WEIGHTS_FILE } from './files';

const MAX_MANIFEST_BYTES = 16_000_000;

/**
 * Reads an artefact's manifest and checks that its files are there, whole and unchanged, and that TensorFlow would load
 * none but those.
 *
 * @param checkSpec Throws when the manifest's spec isn't one of the family's.
 * @throws CoreError CORRUPT_DATA.
 */
export async function verifyModel(directory: string, checkSpec: (manifest: Manifest) => void): Promise<Manifest> {
  const manifest = await readManifest(directory);
  checkSpec(manifest);
  for (const file of manifest.files) await verifyFile(directory, file);
  const listed = new Set(manifest.files.map((file) => file.path));
  for (const required of [WEIGHTS_FILE, SAVED_MODEL_FILE]) {
    if (!listed.has(required)) throw corrupt(`the manifest doesn't list ${required}`);
  }
  const entries = await readdir(path.join(directory, SAVED_MODEL_FOLDER), { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((candidate) => !candidate.isDirectory())) {
    const relative = path.relative(directory, path.join(entry.parentPath, entry.name)).split(path.sep).join('/');
    if (!listed.has(relative)) throw corrupt(`${relative} is there, but the manifest doesn't list it`);
  }
  return manifest;
}

async function readManifest(directory: string): Promise<Manifest> {
  let manifest: Partial<Manifest> | null;
  try {
    const file = path.join(directory, MANIFEST_FILE);
    if ((await lstat(file)).size > MAX_MANIFEST_BYTES) throw corrupt(`${MANIFEST_FILE} is larger than ${MAX_MANIFEST_BYTES} bytes`);
    manifest = JSON.parse(await readFile(file, 'utf8')) as Partial<Manifest> | null;
  } catch (cause) {
    if (cause instanceof CoreError) throw cause;
    throw corrupt(`${MANIFEST_FILE} can't be read as JSON`, cause);
  }
  if (manifest?.format !== 'quartet.artifact' || manifest.formatVersion !== 1) {
    const received = `${String(manifest?.format)} ${String(manifest?.formatVersion)}`;
    throw corrupt(`received format ${received}, expected quartet.artifact 1; use the version of Quartet that wrote it`);
  }
  if (!Array.isArray(manifest.classNames)) throw corrupt('the manifest has no list of class names');
  if (typeof manifest.signatures !== 'object' || manifest.signatures === null) throw corrupt('the manifest has no signatures');
  if (!Array.isArray(manifest.files)) throw corrupt('the manifest lists no files');
  return manifest as Manifest;
}

async function verifyFile(directory: string, { path: relative, size, sha256 }: ArtifactFile): Promise<void> {
  checkPath(relative);
  // No link on the way: a file of the artefact lies in its folder.
  const parts = relative.split('/');
  for (const [index] of parts.entries()) {
    const stats = await lstat(path.join(directory, ...parts.slice(0, index + 1))).catch((cause: unknown) => {
      throw corrupt(`${relative} is missing`, cause);
    });
    const expected = index === parts.length - 1 ? stats.isFile() : stats.isDirectory();
    if (!expected) throw corrupt(`${relative} is a link or not a plain file`);
    if (stats.isFile() && stats.size !== size) throw corrupt(`${relative} has ${stats.size} bytes, expected ${size}`);
  }
  const hash = createHash('sha256');
  await pipeline(createReadStream(path.join(directory, relative)), hash);
  const received = hash.digest('hex');
  if (received !== sha256) throw corrupt(`${relative} has SHA-256 ${received}, expected ${sha256}`);
}

function checkPath(relative: unknown): asserts relative is string {
  const plain =
    typeof relative === 'string' &&
    !/[\\\0]/.test(relative) &&
    relative.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
  if (!plain) throw corrupt(`the path ${JSON.stringify(relative)} climbs out of the folder or isn't a plain relative path`);
}

function corrupt(detail: string, cause?: unknown): CoreError {
  return new CoreError('CORRUPT_DATA', `artefact: ${detail}`, { cause });
}
