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

export interface S3ImportOptions {
  /** Most bytes of all objects together. */
  maxBytes: number;
  maxFiles: number;
  /** What `?endpoint=` may name; without one it is AWS itself. */
  endpoints: readonly string[];
}

/**
 * Downloads what an `s3://bucket/key[?endpoint=...][&region=...]` URI names, one object or all below it, into a folder.
 * @throws QuartetError FORBIDDEN_URI if the URI is malformed, its endpoint isn't allowed, or nothing is there; LIMIT_EXCEEDED; UNAVAILABLE.
 */
export async function downloadS3(uri: string, folder: string, options: S3ImportOptions, signal?: AbortSignal): Promise<void> {
  const parsed = URL.canParse(uri) ? new URL(uri) : undefined;
  const shown = JSON.stringify(uri.slice(0, 200));
  if (parsed?.protocol !== 's3:' || !parsed.hostname) throw new QuartetError('FORBIDDEN_URI', `${shown} is no s3: URI; expected s3://bucket/key.`);
  const location = importLocation(parsed, shown);
  if (location.endpoint !== undefined && !options.endpoints.some((allowed) => sameOrigin(allowed, location.endpoint!))) {
    throw new QuartetError('FORBIDDEN_URI', `${shown} names the endpoint ${location.endpoint.slice(0, 200)}, which isn't allowed here; expected one of ${options.endpoints.join(', ') || 'none'}. Ask the operator to add it to QUARTET_IMPORT_S3_ENDPOINTS.`);
  }
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- as above
  const { downloadObjects } = require('./download') as typeof DownloadModule;
  return downloadObjects(location, folder, options, signal);
}

/** The endpoints that imports may name: those of the setting, and that of the blob store itself. */
export function importEndpoints(setting: string, blobUrl: string): string[] {
  const own = URL.canParse(blobUrl) ? new URL(blobUrl).searchParams.get('endpoint') : null;
  return [...setting.split(',').map((text) => text.trim()), own ?? ''].filter((text) => text !== '');
}

const sameOrigin = (a: string, b: string) => URL.canParse(a) && URL.canParse(b) && new URL(a).origin === new URL(b).origin && new URL(b).username === '';

function importLocation(url: URL, shown: string): S3Module.S3Location {
  try {
    return s3Location(url);
  } catch (cause) {
    throw new QuartetError('FORBIDDEN_URI', `${shown} can't be read as an s3: URI; expected s3://bucket/key[?endpoint=...][&region=...].`, { cause });
  }
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
