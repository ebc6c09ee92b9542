import { fileURLToPath } from 'node:url';
import { QuartetError } from '@quartet/contracts';
import type { BlobStore } from './blob-store';
import { FolderStore } from './folder-store';
import type * as DownloadModule from './download';
import type * as S3Module from './s3-store';

/**
 * Opens the blob store at a URL: `file:///folder` (made if it is new) or
 * `s3://bucket[/prefix][?endpoint=http://host:port][&region=name]`, with credentials from the standard AWS environment.
 * @throws QuartetError INVALID_FIELD for any other URL.
 */
export async function openBlobStore(url: string): Promise<BlobStore> {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol === 'file:') return new FolderStore(fileURLToPath(parsed)).open();
  if (parsed?.protocol === 's3:' && parsed.hostname) {
    // The AWS SDK takes 100 ms to load; whoever keeps blobs in a folder does without.
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- a lazy import() would not run inside jest's CommonJS
    const { S3Store } = require('./s3-store') as typeof S3Module;
    return new S3Store(s3Location(parsed));
  }
  throw QuartetError.invalid('QUARTET_BLOB_URL', `is "${url}"; expected file:///folder or s3://bucket[/prefix][?endpoint=...].`);
}

/**
 * Downloads what an `s3://bucket/key[?endpoint=...][&region=...]` URI names, one object or all below it, into a folder.
 * @throws QuartetError FORBIDDEN_URI if the URI is malformed or nothing is there; LIMIT_EXCEEDED; UNAVAILABLE.
 */
export async function downloadS3(uri: string, folder: string, maxBytes: number, signal?: AbortSignal): Promise<void> {
  const parsed = URL.canParse(uri) ? new URL(uri) : undefined;
  if (parsed?.protocol !== 's3:' || !parsed.hostname) throw new QuartetError('FORBIDDEN_URI', `"${uri}" is no s3: URI; expected s3://bucket/key.`);
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- as above
  const { downloadObjects } = require('./download') as typeof DownloadModule;
  return downloadObjects(s3Location(parsed), folder, maxBytes, signal);
}

function s3Location(url: URL): S3Module.S3Location {
  for (const name of url.searchParams.keys()) {
    if (name !== 'endpoint' && name !== 'region') {
      throw QuartetError.invalid('QUARTET_BLOB_URL', `has the parameter "${name}"; expected endpoint or region.`);
    }
  }
  const folder = decodeURIComponent(url.pathname).replace(/^\/+|\/+$/g, '');
  return {
    bucket: url.hostname,
    prefix: folder ? `${folder}/` : '',
    endpoint: url.searchParams.get('endpoint') ?? undefined,
    region: url.searchParams.get('region') ?? undefined,
  };
}
