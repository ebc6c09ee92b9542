import { QuartetError } from '@quartet/contracts';
import { Kysely, PostgresDialect } from 'kysely';
import { Client, Pool } from 'pg';
import type { Connection } from './connection';
import type { Database } from './schema';
import { inTerms } from './terms-dialect';

const RECONNECT_MS = 1_000;
/** Any number will do that nobody else locks. */
const SETUP_LOCK = 0x71756173;

/**
 * Connects to a PostgreSQL server, which several registries may share.
 * @throws QuartetError UNAVAILABLE if it doesn't answer; INVALID_FIELD if the URL is no postgres URL.
 */
export async function openServer(url: string): Promise<Connection> {
  if (!/^postgres(ql)?:\/\//.test(url)) {
    throw QuartetError.invalid('QUARTET_DATABASE_URL', 'is no postgres:// URL; expected postgres://user:password@host:port/database.');
  }
  const pool = new Pool({ connectionString: url, max: 10, connectionTimeoutMillis: 5_000, keepAlive: true, application_name: 'quartet-registry' });
  // A connection that breaks is replaced by the pool at the next query; without a listener it would end the process, be it idle or in the midst
  // of a transaction that waits for something else.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => void client.on('error', () => undefined));
  try {
    await pool.query('SELECT 1');
  } catch (error) {
    await pool.end();
    throw new QuartetError(
      'UNAVAILABLE',
      `The database at QUARTET_DATABASE_URL doesn't answer: ${(error as Error).message || (error as NodeJS.ErrnoException).code}. Check the URL, and that the server runs.`,
      { cause: error, retryAfterMs: RECONNECT_MS },
    );
  }
  const listener = new Listener(url);
  const db = new Kysely<Database>({ dialect: inTerms(new PostgresDialect({ pool })) }).withSchema('quartet');
  return {
    kind: 'postgres',
    db,
    queue: { executeSql: (text, values) => pool.query(text, values) },
    listen: (channel, received) => listener.listen(channel, received),
    exclusively: (work) => exclusively(pool, work),
    close: async () => {
      await listener.close();
      await db.destroy();
    },
  };
}

async function exclusively<T>(pool: Pool, work: () => Promise<T>): Promise<T> {
  const holder = await pool.connect();
  try {
    await holder.query('SELECT pg_advisory_lock($1)', [SETUP_LOCK]);
    return await work();
  } finally {
    // Ends the session, and with it the lock.
    holder.release(true);
  }
}

/** A connection of its own for LISTEN, made anew whenever it breaks. */
class Listener {
  #client: Client | undefined;
  #closed = false;
  #retry: NodeJS.Timeout | undefined;

  constructor(readonly url: string) {}

  async listen(channel: string, received: (payload: string | undefined) => void): Promise<void> {
    const client = new Client({ connectionString: this.url, keepAlive: true, application_name: 'quartet-registry-listen' });
    client.on('notification', ({ payload }) => received(payload ?? ''));
    client.on('error', () => void client.end().catch(() => undefined));
    client.on('end', () => this.#again(channel, received));
    this.#client = client;
    await client.connect();
    await client.query(`LISTEN ${client.escapeIdentifier(channel)}`);
  }

  #again(channel: string, received: (payload: string | undefined) => void): void {
    if (this.#closed) return;
    this.#retry = setTimeout(() => {
      // A failed attempt ends its client, which leads here again.
      void this.listen(channel, received).then(
        () => received(undefined),
        () => this.#client?.end().catch(() => undefined),
      );
    }, RECONNECT_MS);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    await this.#client?.end().catch(() => undefined);
  }
}
