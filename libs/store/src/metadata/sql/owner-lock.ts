import { createHash, randomUUID } from 'node:crypto';
import { readFile, realpath, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { QuartetError } from '@quartet/contracts';

const REFRESH_MS = 5_000;
/** A lock file of another machine that nobody refreshed for so long is stale. */
const STALE_MS = 30_000;

interface Owner {
  pid: number;
  host: string;
  /** Tells this lock from a later one of the same process. */
  id: string;
}

/**
 * Makes this process the only owner of a folder until it releases it or dies. Within a machine the kernel keeps the lock:
 * an abstract socket named after the folder, which vanishes with its process, kill -9 included. Between machines or
 * containers that share the folder, `owner.json` says who has it, refreshed every 5 s.
 * @throws QuartetError WRONG_STATE naming the owner.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const socket = await bind(await realpath(folder), () => refusal(folder));
  const file = join(folder, 'owner.json');
  try {
    const other = await read(file);
    if (other && other.host !== hostname() && Date.now() - (await stat(file)).mtimeMs < STALE_MS) throw await refusal(folder);
    const owner: Owner = { pid: process.pid, host: hostname(), id: randomUUID() };
    const temporary = join(folder, `owner-${owner.id}.json`);
    await writeFile(temporary, JSON.stringify(owner));
    await rename(temporary, file);
    const timer = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => undefined), REFRESH_MS);
    timer.unref();
    return async () => {
      clearInterval(timer);
      if ((await read(file))?.id === owner.id) await rm(file, { force: true });
      await closed(socket);
    };
  } catch (error) {
    await closed(socket);
    throw error;
  }
}

async function bind(folder: string, refused: () => Promise<QuartetError>): Promise<Server> {
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 40);
  const server = createServer((connection) => connection.destroy());
  server.unref();
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(`\0quartet-owner-${name}`, resolve));
    return server;
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EADDRINUSE' ? await refused() : error;
  }
}

async function refusal(folder: string): Promise<QuartetError> {
  const owner = await read(join(folder, 'owner.json'));
  const who = owner ? `process ${owner.pid} on ${owner.host}` : 'another process';
  return new QuartetError(
    'WRONG_STATE',
    `The embedded database in ${folder} is in use by ${who}; it takes one process. Stop that registry, give this one another QUARTET_HOME, or set ` +
      'QUARTET_DATABASE_URL to a PostgreSQL server, which takes several.',
  );
}

async function read(file: string): Promise<Owner | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Owner;
  } catch {
    return undefined; // Not there, or cut short by a full disk: the socket decides.
  }
}

const closed = (server: Server): Promise<void> => new Promise((resolve) => void server.close(() => resolve()));
