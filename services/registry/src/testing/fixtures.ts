import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { ClaimJobResponse, Dataset, Job, Lease, Version } from '@quartet/contracts';
import { DatasetFormat, Family } from '@quartet/contracts';
import { uploadDataset, type QuartetClient, type UploadFile } from '@quartet/client';
import { openBlobStore, type BlobStore } from '@quartet/store';

export const uniqueName = (kind: string): string => `${kind}-${randomUUID().slice(0, 8)}`;

/** The blob store of a registry, as a training process opens it. */
export const blobsOf = (home: string): Promise<BlobStore> => openBlobStore(`file://${join(home, 'blobs')}`);

/** An IDX file of unsigned bytes (yann.lecun.com/exdb/mnist): magic, dimensions, data. */
export function idx(shape: number[], data: ArrayLike<number>): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.writeUInt8(8, 2);
  header.writeUInt8(shape.length, 3);
  shape.forEach((size, dimension) => header.writeUInt32BE(size, 4 + 4 * dimension));
  return Buffer.concat([header, Uint8Array.from(data)]);
}

/** Files of a data set of `count` 4x4 images; image i is filled with i, its label is i % classes. */
export function imageFiles(count = 20, classes = 2): UploadFile[] {
  const pixels = Array.from({ length: count * 16 }, (_, at) => Math.floor(at / 16));
  const labels = Array.from({ length: count }, (_, i) => i % classes);
  return [file('train-images-idx3-ubyte', idx([count, 4, 4], pixels)), file('train-labels-idx1-ubyte', idx([count], labels))];
}

export const file = (path: string, source: Buffer): UploadFile => ({ path, source, size: source.length });

export const upload = (client: QuartetClient, name: string, files: UploadFile[], options = {}): Promise<Dataset> =>
  uploadDataset(client, name, { format: DatasetFormat.DATASET_FORMAT_IDX, ...options }, files);

export const createJob = (client: QuartetClient, dataset: string, model = uniqueName('model'), family = Family.FAMILY_CNN): Promise<Job> =>
  client.worker.createJob({ family, model, dataset, specJson: '{}' });

export const claim = (client: QuartetClient, waitMs = 0, family = Family.FAMILY_CNN): Promise<ClaimJobResponse> =>
  client.worker.claimJob({ family, worker: 'test:1', waitMs });

export async function claimedJob(client: QuartetClient, dataset: string, model?: string): Promise<{ job: Job; lease: Lease }> {
  await createJob(client, dataset, model);
  const { job, lease } = await claim(client);
  if (!job || !lease) throw new Error('there was no job to claim');
  return { job, lease };
}

export const MANIFEST = Buffer.from('{"format":1}');

/** Stores an artefact of three files, one of them large and one empty, and publishes it. */
export async function publish(client: QuartetClient, blobs: BlobStore, lease: Lease, weights = randomBytes(300_000)): Promise<Version> {
  const [manifest, tensor, empty] = await Promise.all([blobs.put(MANIFEST), blobs.put(weights), blobs.put(Buffer.alloc(0))]);
  return client.worker.publishVersion({
    lease,
    version: {
      files: [
        { path: 'manifest.json', blob: manifest },
        { path: 'weights.safetensors', blob: tensor },
        { path: 'saved_model/assets/none', blob: empty },
      ],
      weightsSha256: tensor.sha256,
      manifestJson: MANIFEST.toString(),
      metrics: { 'test/accuracy': 0.5 },
      parameterCount: 3n,
      seed: 7n,
    },
  });
}
