import { createReadStream, type Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { QuartetError, type Dataset, type DatasetOptions, type UploadDatasetRequest } from '@quartet/contracts';
import type { CallOptions } from './call-options';
import type { QuartetClient } from './connect';
import type { Input } from './input';

/** Bytes a chunk; large enough for the wire, small enough to keep many uploads in memory. */
const CHUNK_BYTES = 1024 * 1024;

/** A file of a data set: where its bytes are, and the path they get inside the data set. */
export interface UploadFile {
  /** With `/`, relative, not climbing: `train/cat/1.png`. */
  path: string;
  /** A local file, or the bytes themselves. */
  source: string | Uint8Array;
  size: number;
}

export interface UploadProgress {
  sentBytes: number;
  totalBytes: number;
  /** The file being sent. */
  path: string;
}

export interface UploadOptions extends CallOptions {
  onProgress?: (progress: UploadProgress) => void;
}

/**
 * The files at a local path: the one file, or all below a folder, in the order of their paths, hidden ones left out.
 * @throws QuartetError INVALID_FIELD if there is nothing there.
 */
export async function filesAt(root: string): Promise<UploadFile[]> {
  const found = await stat(root).catch(() => undefined);
  if (!found) throw QuartetError.invalid('path', `there is no file or folder at ${root}; check the path`);
  if (found.isFile()) return [{ path: basename(root), source: root, size: found.size }];
  const entries: Dirent[] = await readdir(root, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const visible = files.map((file) => ({ file, path: file.slice(join(root, '/').length).replaceAll('\\', '/') })).filter(({ path }) => !/(^|\/)\./.test(path));
  if (visible.length === 0) throw QuartetError.invalid('path', `the folder ${root} holds no files; expected the files of a data set`);
  visible.sort((a, b) => (a.path < b.path ? -1 : 1));
  return Promise.all(visible.map(async ({ file, path }) => ({ path, source: file, size: (await stat(file)).size })));
}

async function* chunksOf(file: UploadFile): AsyncGenerator<Uint8Array> {
  if (file.size === 0) yield new Uint8Array(0); // An empty file is still one of the data set's files.
  else if (typeof file.source === 'string') yield* createReadStream(file.source, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>;
  else for (let at = 0; at < file.source.length; at += CHUNK_BYTES) yield file.source.subarray(at, at + CHUNK_BYTES);
}

async function* messages(name: string, options: Input<DatasetOptions>, files: readonly UploadFile[], report: UploadOptions['onProgress']): AsyncGenerator<Input<UploadDatasetRequest>> {
  yield { message: { $case: 'header', value: { name, options } } };
  const totalBytes = files.reduce((sum, file) => sum + file.size, 0);
  let sentBytes = 0;
  for (const file of files) {
    for await (const data of chunksOf(file)) {
      yield { message: { $case: 'chunk', value: { path: file.path, data } } };
      sentBytes += data.length;
      report?.({ sentBytes, totalBytes, path: file.path });
    }
  }
}

/**
 * Uploads files as a data set, chunk by chunk, no faster than the server takes them.
 * @returns the data set, once the server has read, checked and stored it.
 */
export function uploadDataset(
  client: Pick<QuartetClient, 'datasets'>,
  name: string,
  options: Input<DatasetOptions>,
  files: readonly UploadFile[],
  { onProgress, ...call }: UploadOptions = {},
): Promise<Dataset> {
  return client.datasets.uploadDataset(messages(name, options, files, onProgress), call);
}
