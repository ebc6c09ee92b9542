import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

const ABANDONED_AFTER_MS = 24 * 3600_000;
const PARTIAL = '.partial-';

/** SHA-256 of a file, read as a stream, in hexadecimal. */
export async function sha256OfFile(file) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** SHA-256 over several texts or buffers, each with its length, so that no two lists give the same bytes. */
export function sha256Of(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex');
}

/** Writes a whole file by rename: a reader never sees half of it, and a hard link to the old content is left alone. */
export function writeWhole(file, content, options) {
  mkdirSync(dirname(file), { recursive: true });
  const partial = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(partial, content, options);
  renameSync(partial, file);
}

/**
 * Makes `folder` with what `fill(partial)` puts into a temporary folder beside it, by one rename, so that it is there whole or
 * not at all. When another process was first, its folder stays and ours is dropped.
 */
export async function makeFolderOnce(folder, fill) {
  if (existsSync(folder)) return;
  const parent = dirname(folder);
  mkdirSync(parent, { recursive: true });
  removeAbandoned(parent);
  const partial = join(parent, `${PARTIAL}${randomBytes(6).toString('hex')}`);
  mkdirSync(partial);
  try {
    await fill(partial);
    renameSync(partial, folder);
  } catch (error) {
    if (!(error.code === 'ENOTEMPTY' || error.code === 'EEXIST')) throw error;
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/** A set-up that was killed leaves its temporary folder behind; a day later nobody is filling it any more. */
function removeAbandoned(parent) {
  for (const name of readdirSync(parent).filter((n) => n.startsWith(PARTIAL))) {
    const folder = join(parent, name);
    const age = Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > ABANDONED_AFTER_MS) rmSync(folder, { recursive: true, force: true });
  }
}

/** Bytes of all files under a folder, for progress lines; links are not followed, and what vanishes meanwhile counts as nothing. */
export function bytesUnder(folder) {
  let bytes = 0;
  for (const name of listed(folder)) {
    const path = join(folder, name);
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory()) bytes += bytesUnder(path);
    else if (found?.isFile()) bytes += found.size;
  }
  return bytes;
}

function listed(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** A JSON file's content, or undefined when there is none or it is not JSON. */
export function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
