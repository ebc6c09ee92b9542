import { Dataset, QuartetError, type DatasetPart } from '@quartet/contracts';
import type { BlobOwner, BlobReferences, NamedBlob } from './blob-references';
import { checkName } from './names';
import { keyAfter, pageOf, pageSize, type PageRequest } from './paging';
import type { Sql, Trx } from './sql/connection';
import type { Database } from './sql/schema';
import type { Selectable } from 'kysely';
import { transact } from './sql/transact';

type Row = Selectable<Database['datasets']>;

export class Datasets {
  constructor(
    readonly db: Sql,
    readonly blobs: BlobReferences,
  ) {}

  /**
   * Records a data set whose blobs are stored. Repeating it with the same digest answers the recorded one.
   * @throws QuartetError ALREADY_EXISTS if the name holds other data.
   */
  async create(dataset: Dataset): Promise<Dataset> {
    const { name, digest } = dataset;
    checkName('name', name);
    return transact(this.db, async (trx) => {
      const document = Dataset.encode({ ...dataset, createdAt: undefined }).finish();
      const inserted = await trx
        .insertInto('datasets')
        .values({ name, digest, document })
        .onConflict((conflict) => conflict.doNothing())
        .returningAll()
        .executeTakeFirst();
      if (inserted) {
        await this.blobs.add(trx, ownerOf(name), dataset.parts.flatMap(blobsOf));
        return fromRow(inserted);
      }
      const existing = fromRow(await trx.selectFrom('datasets').selectAll().where('name', '=', name).executeTakeFirstOrThrow());
      if (existing.digest === digest) return existing;
      throw alreadyExists(existing, digest);
    });
  }

  /** @throws QuartetError DATASET_NOT_FOUND. */
  async get(name: string): Promise<Dataset> {
    const dataset = await this.find(name);
    if (!dataset) throw datasetNotFound(name);
    return dataset;
  }

  async find(name: string): Promise<Dataset | undefined> {
    const row = await this.db.selectFrom('datasets').selectAll().where('name', '=', name).executeTakeFirst();
    return row && fromRow(row);
  }

  /** By name. */
  async list(request: PageRequest): Promise<{ datasets: Dataset[]; nextPageToken: string }> {
    const size = pageSize(request);
    const after = keyAfter(request) ?? '';
    const found = await this.db.selectFrom('datasets').selectAll().where('name', '>', after).orderBy('name').limit(size + 1).execute();
    const { rows, nextPageToken } = pageOf(found, size, (row) => row.name);
    return { datasets: rows.map(fromRow), nextPageToken };
  }

  /** @throws QuartetError DATASET_NOT_FOUND, or WRONG_STATE while a queued or running job uses it. */
  async delete(name: string): Promise<void> {
    await transact(this.db, async (trx) => {
      const row = await trx.selectFrom('datasets').select('name').where('name', '=', name).forUpdate().executeTakeFirst();
      if (!row) throw datasetNotFound(name);
      const job = await trx
        .selectFrom('jobs')
        .select(['id', 'state'])
        .where('dataset', '=', name)
        .where('state', 'in', ['queued', 'running'])
        .limit(1)
        .executeTakeFirst();
      if (job) {
        throw new QuartetError('WRONG_STATE', `Data set "${name}" is in use: job ${job.id} is ${job.state}. Wait for its end, or cancel it first.`, {
          metadata: { dataset: name, job: job.id },
        });
      }
      await trx.deleteFrom('datasets').where('name', '=', name).execute();
      await this.blobs.release(trx, ownerOf(name));
    });
  }

  /** The digest of a data set that can't be deleted until the transaction ends. @throws QuartetError DATASET_NOT_FOUND. */
  async hold(trx: Trx, name: string): Promise<string> {
    const row = await trx.selectFrom('datasets').select('digest').where('name', '=', name).forShare().executeTakeFirst();
    if (!row) throw datasetNotFound(name);
    return row.digest;
  }
}

const ownerOf = (name: string): BlobOwner => `dataset:${name}`;

const fromRow = (row: Row): Dataset => ({ ...Dataset.decode(row.document), createdAt: row.created_at });

const blobsOf = (part: DatasetPart, index: number): NamedBlob[] => [
  { field: `parts[${index}].examples`, blob: part.examples },
  { field: `parts[${index}].labels`, blob: part.labels },
];

const datasetNotFound = (name: string): QuartetError =>
  new QuartetError('DATASET_NOT_FOUND', `There is no data set "${name}". List those that exist with DatasetService.ListDatasets, or upload it first.`, {
    metadata: { dataset: name },
  });

function alreadyExists(existing: Dataset, digest: string): QuartetError {
  return new QuartetError(
    'ALREADY_EXISTS',
    `Data set "${existing.name}" holds other data: it has digest ${existing.digest.slice(0, 12)}, received ${digest.slice(0, 12)}. ` +
      'Choose another name, or delete it first.',
    { metadata: { dataset: existing.name } },
  );
}
