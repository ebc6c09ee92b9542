import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { QuartetError } from '@quartet/contracts';
import { temporaryName, writeAtomically } from './disk';
import { s3Error } from './s3-errors';
import { clientFor, type S3Location } from './s3-store';

export interface ImportLimits {
  maxBytes: number;
  maxFiles: number;
}

/**
 * Downloads the object at a location, or all objects below it, into a folder; their keys below the location become paths.
 * @throws QuartetError FORBIDDEN_URI if nothing is there or a key would leave the folder; LIMIT_EXCEEDED above `maxBytes` or `maxFiles`.
 */
export async function downloadObjects(location: S3Location, folder: string, limits: ImportLimits, signal?: AbortSignal): Promise<void> {
  const { maxBytes, maxFiles } = limits;
  const client = clientFor(location);
  const key = location.prefix.replace(/\/$/, '');
  const place = `s3://${location.bucket}/${key}`;
  try {
    const names = await listKeys(client, location.bucket, key, maxFiles, signal);
    if (names.length > maxFiles) throw new QuartetError('LIMIT_EXCEEDED', `There are more than ${maxFiles} objects at ${place}. Import fewer, or raise QUARTET_MAX_DATASET_FILES.`);
    if (names.length === 0) throw new QuartetError('FORBIDDEN_URI', `There is no object at ${place}. Check the bucket and the key.`);
    let total = 0;
    for (const { name, size } of names) {
      total += size;
      if (total > maxBytes) {
        throw new QuartetError('LIMIT_EXCEEDED', `The objects at ${place} hold more than ${maxBytes} bytes. Import less, or raise QUARTET_MAX_UPLOAD_BYTES.`);
      }
      await download(client, location.bucket, name, join(folder, relativePath(key, name, place)), signal);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw s3Error(error, place);
  } finally {
    client.destroy();
  }
}

/** All keys, or, if there are more than `enough`, some more than that. */
async function listKeys(client: S3Client, Bucket: string, key: string, enough: number, signal?: AbortSignal): Promise<{ name: string; size: number }[]> {
  const found: { name: string; size: number }[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await client.send(new ListObjectsV2Command({ Bucket, Prefix: key, ContinuationToken }), { abortSignal: signal });
    for (const { Key = '', Size = 0 } of page.Contents ?? []) {
      const below = key === '' || Key === key || Key.startsWith(`${key}/`);
      if (below && !Key.endsWith('/')) found.push({ name: Key, size: Size });
    }
    if (found.length > enough) return found;
    ContinuationToken = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (ContinuationToken);
  return found;
}

function relativePath(key: string, name: string, place: string): string {
  const path = name === key ? name.slice(name.lastIndexOf('/') + 1) : name.slice(key === '' ? 0 : key.length + 1);
  if (path.split('/').every((part) => part !== '' && part !== '.' && part !== '..') && !path.includes('\0')) return path;
  throw new QuartetError('FORBIDDEN_URI', `The object "${name}" of ${place} has a key that is no safe path. Rename it.`);
}

async function download(client: S3Client, Bucket: string, Key: string, file: string, signal?: AbortSignal): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }), { abortSignal: signal });
  await writeAtomically(
    join(dirname(file), temporaryName()),
    (handle) => handle.writeFile(Body as Readable, { signal }),
    () => file,
  );
}
