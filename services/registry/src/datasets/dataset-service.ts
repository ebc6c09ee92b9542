import { join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import { QuartetError, type DatasetServiceService, type ImportDatasetResponse, type Settings } from '@quartet/contracts';
import type { Implementation } from '@quartet/service-kit';
import { checkName, type BlobStore, type Metadata } from '@quartet/store';
import { EventStream } from '../streams';
import type { Ingestion } from './ingestion';
import { readExamples } from './read-examples';
import { readHeader, receiveUpload } from './receive-upload';

export interface DatasetServiceParts {
  settings: Settings;
  blobs: BlobStore;
  metadata: Metadata;
  ingestion: Ingestion;
}

export function datasetService({ settings, blobs, metadata, ingestion }: DatasetServiceParts): Implementation<typeof DatasetServiceService> {
  const { datasets } = metadata;
  return {
    uploadDataset: async (requests, { signal }) => {
      const stream = requests[Symbol.asyncIterator]();
      const { name, options } = await readHeader(stream);
      checkName('header.name', name);
      return ingestion.staging.use(async (folder) => {
        const incoming = join(folder, 'in');
        await mkdir(incoming);
        const files = await receiveUpload({ [Symbol.asyncIterator]: () => stream }, incoming, settings);
        // A stream that its caller broke off ends as if it were whole.
        signal.throwIfAborted();
        return ingestion.ingest({ name, origin: 'upload', source: { files }, options, folder, signal, onProgress: () => undefined });
      });
    },
    importDataset: async function* ({ name, uri, options }, { signal }) {
      checkName('name', name);
      if (uri === '') throw QuartetError.invalid('uri', 'is empty; expected builtin:mnist, file:///path or s3://bucket/key.');
      const responses = new EventStream<ImportDatasetResponse>();
      const stopped = new AbortController();
      const work = ingestion.staging
        .use((folder) =>
          ingestion.ingest({
            name,
            origin: uri,
            source: { uri },
            options,
            folder,
            signal: AbortSignal.any([signal, stopped.signal]),
            onProgress: (value) => responses.push({ message: { $case: 'progress', value } }),
          }),
        )
        .then((value) => {
          responses.push({ message: { $case: 'dataset', value } });
          responses.end();
        })
        .catch((error: Error) => responses.end(error));
      try {
        yield* responses;
      } finally {
        stopped.abort();
        await work;
      }
    },
    getDataset: ({ name }) => datasets.get(name),
    listDatasets: (request) => datasets.list(request),
    deleteDataset: async ({ name }) => {
      await datasets.delete(name);
      return {};
    },
    readExamples: async (request) => readExamples(blobs, await datasets.get(request.name), request, settings.QUARTET_MAX_MESSAGE_BYTES),
  };
}
