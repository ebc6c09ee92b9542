import { stat } from 'node:fs/promises';
import { QuartetError, type BlobRef, type Dataset, type DatasetOptions, type DatasetPart, type ImportProgress, type Settings } from '@quartet/contracts';
import { partToProto, schemaToProto, videoDecodingOf, type IngestedPart, type IngestResult } from '@quartet/data';
import type { Logger } from '@quartet/service-kit';
import { importEndpoints, type BlobStore, type Metadata } from '@quartet/store';
import type { IngestTask } from './ingest-messages';
import { Limiter } from './limiter';
import { runIngest } from './run-ingest';
import type { Staging } from './staging';

/** Data sets read at the same time; more wait. Each takes a process and memory of its own. */
const AT_ONCE = 2;

export interface IngestionParts {
  settings: Settings;
  blobs: BlobStore;
  metadata: Metadata;
  staging: Staging;
  log: Logger;
}

export interface IngestRequest {
  name: string;
  /** Where the data comes from, for people. */
  origin: string;
  source: IngestTask['source'];
  options: DatasetOptions | undefined;
  folder: string;
  signal: AbortSignal;
  onProgress: (progress: ImportProgress) => void;
}

/** Reads, checks and stores data sets: all of one or nothing. */
export class Ingestion {
  readonly #limiter = new Limiter(AT_ONCE);
  readonly #closing = new AbortController();

  constructor(readonly parts: IngestionParts) {}

  get staging(): Staging {
    return this.parts.staging;
  }

  async ingest(request: IngestRequest): Promise<Dataset> {
    const signal = AbortSignal.any([request.signal, this.#closing.signal]);
    const release = await this.#limiter.enter(signal);
    try {
      const result = await runIngest(this.#task(request), signal, (progress) => request.onProgress(toProto(progress)));
      return await this.#store(request, result, signal);
    } finally {
      release();
    }
  }

  /** Ends what is being read. */
  async close(): Promise<void> {
    this.#closing.abort(new QuartetError('DRAINING', 'The registry is shutting down. Send the data again.', { retryAfterMs: 1000 }));
    await this.#limiter.idle();
  }

  #task({ source, options, folder }: IngestRequest): IngestTask {
    const { settings } = this.parts;
    return {
      source,
      options,
      folder,
      limits: { maxBytes: settings.QUARTET_MAX_UPLOAD_BYTES, maxFiles: settings.QUARTET_MAX_DATASET_FILES },
      importRoot: settings.QUARTET_IMPORT_ROOT,
      endpoints: importEndpoints(settings.QUARTET_IMPORT_S3_ENDPOINTS, settings.QUARTET_BLOB_URL),
      cacheDir: settings.QUARTET_CACHE,
      video: videoDecodingOf(settings),
    };
  }

  async #store({ name, origin, onProgress }: IngestRequest, result: IngestResult, signal: AbortSignal): Promise<Dataset> {
    const { blobs, metadata } = this.parts;
    const files = result.parts.flatMap((part) => [part.examplesFile, part.labelsFile]);
    const sizes = await Promise.all(files.map(async (file) => BigInt((await stat(file)).size)));
    const total = sizes.reduce((sum, size) => sum + size, 0n);
    const stored: BlobRef[] = [];
    let done = 0n;
    try {
      for (const file of files) {
        signal.throwIfAborted();
        const ref = await blobs.put(file);
        stored.push(ref);
        done += ref.size;
        onProgress({ stage: 'store', done, total, unit: 'bytes' });
      }
      signal.throwIfAborted();
      return await metadata.datasets.create({
        name,
        digest: result.digest,
        schema: schemaToProto(result.schema),
        parts: result.parts.map((part, index) => partOf(part, stored[2 * index]!, stored[2 * index + 1]!)),
        skippedFiles: result.skippedFiles,
        source: origin,
        createdAt: undefined,
      });
    } catch (error) {
      // A database that is away fails this as well: why the data isn't stored matters more, and blobs that no row names are collected in the end.
      await metadata.blobs.abandon(stored).catch(() => undefined);
      throw error;
    }
  }
}

const toProto = (progress: { stage: string; done: number; total: number; unit: string }): ImportProgress => ({
  ...progress,
  done: BigInt(Math.trunc(progress.done)),
  total: BigInt(Math.trunc(progress.total)),
});

const partOf = (part: IngestedPart, examples: BlobRef, labels: BlobRef): DatasetPart => ({
  part: partToProto(part.part),
  count: BigInt(part.count),
  examples,
  labels,
  classCounts: part.classCounts.map(BigInt),
});
