import { QuartetError, type BlobRef } from '@quartet/contracts';
import { sql } from 'kysely';
import type { BlobStore } from '../blobs/blob-store';
import type { Sql, Trx } from './sql/connection';
import { transact } from './sql/transact';

/** The row that needs a blob. */
export type BlobOwner = `dataset:${string}` | `version:${string}/${bigint}` | `job:${string}`;

/** First key of the advisory locks on single blobs. */
const BLOB_LOCK = 0x626c6f62;

export interface NamedBlob {
  /** Path of the field that names the blob, for the error. */
  field: string;
  blob: BlobRef | undefined;
}

/**
 * Counts who needs which blob, so that one goes when nobody does. A blob is put before its owner is recorded; recording
 * and collecting one blob exclude each other, so a recorded owner always has its blobs.
 */
export class BlobReferences {
  /** Backups that copy blobs now. */
  #kept = 0;

  constructor(
    readonly db: Sql,
    readonly store: BlobStore,
  ) {}

  /** @throws QuartetError INVALID_FIELD for a blob that the store doesn't have. */
  async add(trx: Trx, owner: BlobOwner, blobs: readonly NamedBlob[]): Promise<void> {
    for (const { blob } of [...blobs].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))) {
      await lock(trx, blob?.sha256 ?? '');
    }
    await Promise.all(blobs.map((named) => this.#check(named)));
    for (const { blob } of blobs) {
      const sha256 = blob!.sha256;
      await trx.insertInto('blob_references').values({ sha256, owner }).onConflict((conflict) => conflict.doNothing()).execute();
      await trx.deleteFrom('blob_garbage').where('sha256', '=', sha256).execute();
    }
  }

  /** Ends an owner's need of all its blobs, except `keep`. */
  async release(trx: Trx, owner: BlobOwner, keep?: string): Promise<void> {
    let released = trx.deleteFrom('blob_references').where('owner', '=', owner);
    if (keep !== undefined) released = released.where('sha256', '!=', keep);
    for (const { sha256 } of await released.returning('sha256').execute()) {
      await trx.insertInto('blob_garbage').values({ sha256 }).onConflict((conflict) => conflict.doNothing()).execute();
    }
  }

  /** Has blobs collected that were put for an owner that then wasn't recorded, unless another one needs them. */
  async abandon(blobs: readonly Pick<BlobRef, 'sha256'>[]): Promise<void> {
    for (const { sha256 } of blobs) {
      await this.db.insertInto('blob_garbage').values({ sha256 }).onConflict((conflict) => conflict.doNothing()).execute();
    }
  }

  /** Nothing is collected until the returned function is called: what was needed at a backup's moment is there when it is copied. */
  keep(): () => void {
    this.#kept += 1;
    return () => void (this.#kept -= 1);
  }

  /** Deletes blobs that nobody has needed for this long. @returns how many. */
  async collect(olderThanMs: number): Promise<number> {
    if (this.#kept > 0) return 0;
    const found = await this.db
      .selectFrom('blob_garbage')
      .select('sha256')
      .where(sql<boolean>`since <= clock_timestamp() - ${olderThanMs} * interval '1 millisecond'`)
      .limit(1000)
      .execute();
    let deleted = 0;
    for (const { sha256 } of found) if (this.#kept === 0 && (await this.#deleteUnneeded(sha256))) deleted++;
    return deleted;
  }

  /** Deletes blobs older than this that no row ever named: their writer died between putting and recording them. */
  async collectOrphans(olderThanMs: number): Promise<number> {
    let deleted = 0;
    for await (const { ref, modifiedAt } of this.store.list()) {
      if (this.#kept > 0) break;
      if (Date.now() - modifiedAt.getTime() > olderThanMs && (await this.#deleteUnneeded(ref.sha256))) deleted++;
    }
    await this.store.removeLeftovers(olderThanMs);
    return deleted;
  }

  async #deleteUnneeded(sha256: string): Promise<boolean> {
    return transact(this.db, async (trx) => {
      await lock(trx, sha256);
      const owner = await trx.selectFrom('blob_references').select('owner').where('sha256', '=', sha256).limit(1).executeTakeFirst();
      if (!owner) await this.store.delete({ sha256 });
      await trx.deleteFrom('blob_garbage').where('sha256', '=', sha256).execute();
      return !owner;
    });
  }

  async #check({ field, blob }: NamedBlob): Promise<void> {
    if (!blob) throw QuartetError.invalid(field, 'is missing; expected the reference of a stored blob.');
    if (await this.store.has(blob)) return;
    throw QuartetError.invalid(
      field,
      `names blob ${blob.sha256} of ${blob.size} bytes, which isn't in the blob store. Store it first, with the same QUARTET_BLOB_URL as the registry's.`,
    );
  }
}

const keyOf = ({ blob }: NamedBlob): string => blob?.sha256 ?? '';

const lock = (trx: Trx, sha256: string): Promise<unknown> => sql`SELECT pg_advisory_xact_lock(${BLOB_LOCK}, hashtext(${sha256}))`.execute(trx);
