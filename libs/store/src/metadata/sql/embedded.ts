import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { Kysely } from 'kysely';
import { fromPglite } from 'pg-boss';
import type { Connection } from './connection';
import { Mutex } from './mutex';
import { lockFolder } from './owner-lock';
import { pgliteDialect } from './pglite-dialect';
import type { Database } from './schema';
import { inTerms } from './terms-dialect';

/**
 * Opens the embedded PostgreSQL of a folder, made if it is new. One process owns it at a time.
 * @throws QuartetError WRONG_STATE while another process has it open.
 */
export async function openEmbedded(folder: string): Promise<Connection> {
  await mkdir(folder, { recursive: true });
  const unlock = await lockFolder(folder);
  try {
    const pglite = await PGlite.create({ dataDir: await cluster(folder) });
    return connectionTo(pglite, unlock);
  } catch (error) {
    await unlock();
    throw error;
  }
}

/** The folder of the database's files. A new one gets its name once it is whole, so that a kill leaves no half-made one. */
async function cluster(folder: string): Promise<string> {
  const files = join(folder, 'pg');
  for (const name of await readdir(folder)) {
    if (name.startsWith('new-')) await rm(join(folder, name), { recursive: true, force: true });
  }
  if (!existsSync(files)) {
    const fresh = join(folder, `new-${randomUUID()}`);
    await (await PGlite.create({ dataDir: fresh })).close();
    await rename(fresh, files);
  }
  return files;
}

function connectionTo(pglite: PGlite, unlock: () => Promise<void>): Connection {
  const session = new Mutex();
  const queue = fromPglite(pglite);
  const db = new Kysely<Database>({ dialect: inTerms(pgliteDialect(pglite, session)) }).withSchema('quartet');
  return {
    kind: 'pglite',
    db,
    queue: { executeSql: (text, values) => session.run(() => queue.executeSql(text, values)) },
    listen: async (channel, received) => {
      await session.run(() => pglite.listen(channel, received));
    },
    exclusively: (work) => work(), // There is no other process.
    close: async () => {
      await db.destroy();
      await session.run(() => pglite.close());
      await unlock();
    },
  };
}
