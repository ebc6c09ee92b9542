import { randomUUID } from 'node:crypto';
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateBucketCommand, DeleteBucketCommand, DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { keyOf } from '../blobs/address';
import type { BlobStore } from '../blobs/blob-store';
import { openBlobStore } from '../blobs/open';
import { newFolder } from './folders';

/** A store under test and ways around it to the bytes it keeps. */
export interface StoreUnderTest {
  url: string;
  store: BlobStore;
  /** Replaces the bytes of a blob, as a failing disk might. */
  tamper(sha256: string, bytes: Buffer): Promise<void>;
  raw(sha256: string): Promise<Buffer>;
  /** Every name kept, temporary ones included. */
  names(): Promise<string[]>;
}

export async function folderStore(): Promise<StoreUnderTest> {
  const folder = await newFolder();
  const url = `file://${folder}/a folder`.replaceAll(' ', '%20');
  const path = (sha256: string): string => join(folder, 'a folder', keyOf(sha256));
  const { readdir } = await import('node:fs/promises');
  return {
    url,
    store: await openBlobStore(url),
    tamper: async (sha256, bytes) => {
      await chmod(path(sha256), 0o644);
      await rm(path(sha256));
      await writeFile(path(sha256), bytes);
    },
    raw: (sha256) => readFile(path(sha256)),
    names: async () => {
      const entries = await readdir(join(folder, 'a folder'), { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
    },
  };
}

export async function s3Store(): Promise<StoreUnderTest> {
  const endpoint = process.env['QUARTET_TEST_S3_ENDPOINT']!;
  const Bucket = `blobs-${randomUUID()}`;
  const client = new S3Client({ region: 'us-east-1', endpoint, forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket }));
  const url = `s3://${Bucket}/some/prefix?endpoint=${encodeURIComponent(endpoint)}`;
  const object = (sha256: string): { Bucket: string; Key: string } => ({ Bucket, Key: `some/prefix/${keyOf(sha256)}` });
  return {
    url,
    store: await openBlobStore(url),
    tamper: async (sha256, Body) => void (await client.send(new PutObjectCommand({ ...object(sha256), Body }))),
    raw: async (sha256) => Buffer.from(await (await client.send(new GetObjectCommand(object(sha256)))).Body!.transformToByteArray()),
    names: async () => (await client.send(new ListObjectsV2Command({ Bucket }))).Contents?.map(({ Key }) => Key!) ?? [],
  };
}

/** For an error: a bucket that was there once. */
export async function deletedBucket(): Promise<string> {
  const endpoint = process.env['QUARTET_TEST_S3_ENDPOINT']!;
  const Bucket = `gone-${randomUUID()}`;
  const client = new S3Client({ region: 'us-east-1', endpoint, forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket }));
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'x' }));
  await client.send(new DeleteBucketCommand({ Bucket }));
  return `s3://${Bucket}?endpoint=${encodeURIComponent(endpoint)}`;
}
