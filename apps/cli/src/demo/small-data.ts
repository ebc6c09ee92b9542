import { DatasetFormat, Part, type Dataset } from '@quartet/contracts';
import { tensorToTypedArray, uploadDataset, type QuartetClient, type UploadFile } from '@quartet/client';

/** Big-endian IDX: two zero bytes, the type (8: unsigned byte), the rank, the sizes, the elements. */
function idx(sizes: readonly number[], elements: Uint8Array): Buffer {
  const head = Buffer.alloc(4 + 4 * sizes.length);
  head.set([0, 0, 8, sizes.length]);
  sizes.forEach((size, at) => head.writeUInt32BE(size, 4 + 4 * at));
  return Buffer.concat([head, elements]);
}

/** Uploads the first rows of a data set's training and test parts as a data set of its own. */
export async function uploadFirstRows(client: QuartetClient, from: string, name: string, rows: { train: number; test: number }, signal: AbortSignal): Promise<Dataset> {
  const files: UploadFile[] = [];
  for (const [part, count, prefix] of [[Part.PART_TRAIN, rows.train, 'train'], [Part.PART_TEST, rows.test, 't10k']] as const) {
    const { examples, labels } = await client.datasets.readExamples({ name: from, part, count }, { signal });
    const [n = 0, height = 0, width = 0] = examples!.shape.map(Number);
    const images = idx([n, height, width], examples!.data);
    const classes = idx([n], Uint8Array.from(tensorToTypedArray(labels!) as Int32Array));
    files.push({ path: `${prefix}-images-idx3-ubyte`, source: images, size: images.length }, { path: `${prefix}-labels-idx1-ubyte`, source: classes, size: classes.length });
  }
  return uploadDataset(client, name, { format: DatasetFormat.DATASET_FORMAT_IDX }, files, { signal });
}
