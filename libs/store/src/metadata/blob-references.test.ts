import { Kysely, PostgresDialect } from 'kysely';
import { Pool } from 'pg';
import type { BlobStore } from '../blobs/blob-store';
import { BlobReferences } from './blob-references';
import type { Database } from './sql/schema';

it('says that the database is away, where blobs without an owner are noted down', async () => {
  // Nothing listens on port 1.
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool: new Pool({ connectionString: 'postgres://127.0.0.1:1/quartet' }) }) });
  try {
    const references = new BlobReferences(db, {} as BlobStore);
    await expect(references.abandon([{ sha256: '0'.repeat(64) }])).rejects.toMatchObject({ reason: 'UNAVAILABLE', retryAfterMs: 1000 });
  } finally {
    await db.destroy();
  }
});
