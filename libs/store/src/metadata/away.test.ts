import { Kysely, PostgresDialect } from 'kysely';
import { Pool } from 'pg';
import type { BlobStore } from '../blobs/blob-store';
import { BlobReferences } from './blob-references';
import { modelsFrom, versionsFrom } from './models/rows';
import { readTraffic, trafficOf } from './models/traffic-rows';
import type { Database } from './sql/schema';
import { inTerms } from './sql/terms-dialect';

it('the database being away is said as such, also by what is looked up beside other rows', async () => {
  // Nothing listens on port 1.
  const db = new Kysely<Database>({ dialect: inTerms(new PostgresDialect({ pool: new Pool({ connectionString: 'postgres://127.0.0.1:1/quartet' }) })) });
  try {
    const references = new BlobReferences(db, {} as BlobStore);
    const reads = [references.abandon([{ sha256: '0'.repeat(64) }]), modelsFrom(db, [{ name: 'm' } as never]), versionsFrom(db, [{ model: 'm' } as never]), readTraffic(db, 'm'), trafficOf(db, 'cnn')];
    for (const { status, ...outcome } of await Promise.allSettled(reads)) expect([status, outcome]).toMatchObject(['rejected', { reason: { reason: 'UNAVAILABLE', retryAfterMs: 1000 } }]);
  } finally {
    await db.destroy();
  }
});
