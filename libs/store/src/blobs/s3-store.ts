import { createReadStream } from 'node:fs';
import { mkdtemp, open, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  AbortMultipartUploadCommand, DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, ListMultipartUploadsCommand, ListObjectsV2Command, PutObjectCommand, S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { BlobRef } from '@quartet/contracts';
import { addressIn, corruptBlob, hashOf, HashingStream, keyOf, VerifyingStream } from './address';
import type { BlobSource, BlobStore, ByteRange, StoredBlob } from './blob-store';
import { diskError, writeStream } from './disk';
import { isNotFound, s3Error } from './s3-errors';

export interface S3Location {
  bucket: string;
  /** Empty, or ends with `/`. */
  prefix: string;
  endpoint?: string;
  region?: string;
}

/** Files from this size on go up in parts of it, each retried by itself. */
const PART_BYTES = 8 * 1024 * 1024;
/** An object younger than this is taken for present; an older one is written anew, since S3 can't touch a date. */
const FRESH_MS = 6 * 3_600_000;

export function clientFor({ region, endpoint }: S3Location): S3Client {
  return new S3Client({
    region: region ?? process.env['AWS_REGION'] ?? 'us-east-1',
    ...(endpoint ? { endpoint, forcePathStyle: true } : {}),
  });
}

/** Blobs as objects of an S3 bucket. Credentials come from the standard AWS environment. */
export class S3Store implements BlobStore {
  readonly #client: S3Client;
  readonly #place: string;

  constructor(readonly location: S3Location) {
    this.#place = `s3://${location.bucket}/${location.prefix}`;
    this.#client = clientFor(location);
  }

  async put(source: BlobSource): Promise<BlobRef> {
    if (typeof source === 'string') return this.#putFile(source);
    if (source instanceof Uint8Array) return this.#putBytes(source);
    // The address is known only at the end of the stream, so the bytes wait in a file.
    const folder = await mkdtemp(join(tmpdir(), 'quartet-put-'));
    try {
      const file = join(folder, 'blob');
      const handle = await open(file, 'wx');
      await pipeline(source, handle.createWriteStream());
      return await this.#putFile(file);
    } catch (error) {
      throw diskError(error, folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async get(ref: BlobRef, range?: ByteRange): Promise<Readable> {
    const Range = range && `bytes=${range.start}-${range.end}`;
    const { Body } = await this.#try(ref, () => this.#client.send(new GetObjectCommand({ ...this.#object(ref), Range })));
    const bytes = Body as Readable;
    if (range) return bytes;
    const verified = new VerifyingStream(ref, this.#place);
    void pipeline(bytes, verified).catch(() => undefined);
    return verified;
  }

  async fetch(ref: BlobRef, file: string): Promise<void> {
    await writeStream(file, () => this.get(ref));
  }

  async has(ref: BlobRef): Promise<boolean> {
    return (await this.#head(ref)) !== undefined;
  }

  async delete(ref: Pick<BlobRef, 'sha256'>): Promise<void> {
    await this.#try(undefined, () => this.#client.send(new DeleteObjectCommand(this.#object(ref))));
  }

  async *list(): AsyncIterable<StoredBlob> {
    const where = { Bucket: this.location.bucket, Prefix: `${this.location.prefix}sha256/` };
    let next: string | undefined;
    do {
      const page = await this.#try(undefined, () => this.#client.send(new ListObjectsV2Command({ ...where, ContinuationToken: next })));
      for (const { Key, Size, LastModified } of page.Contents ?? []) {
        const sha256 = addressIn(Key ?? '');
        if (sha256) yield { ref: { sha256, size: BigInt(Size ?? 0) }, modifiedAt: LastModified ?? new Date() };
      }
      next = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (next);
  }

  async removeLeftovers(olderThanMs: number): Promise<void> {
    const where = { Bucket: this.location.bucket };
    const Prefix = `${this.location.prefix}sha256/`;
    const { Uploads } = await this.#try(undefined, () => this.#client.send(new ListMultipartUploadsCommand({ ...where, Prefix })));
    for (const { Key, UploadId, Initiated } of Uploads ?? []) {
      if (Date.now() - (Initiated?.getTime() ?? Date.now()) <= olderThanMs) continue;
      await this.#try(undefined, () => this.#client.send(new AbortMultipartUploadCommand({ ...where, Key, UploadId })));
    }
  }

  async close(): Promise<void> {
    this.#client.destroy();
  }

  async #putBytes(bytes: Uint8Array): Promise<BlobRef> {
    const ref = { sha256: hashOf(bytes), size: BigInt(bytes.byteLength) };
    if (await this.#isFresh(ref)) return ref;
    const ChecksumSHA256 = Buffer.from(ref.sha256, 'hex').toString('base64');
    await this.#try(undefined, () => this.#client.send(new PutObjectCommand({ ...this.#object(ref), Body: bytes, ChecksumSHA256 })));
    return ref;
  }

  async #putFile(file: string): Promise<BlobRef> {
    if ((await stat(file)).size < PART_BYTES) return this.#putBytes(await readFile(file));
    const hashing = new HashingStream();
    await pipeline(createReadStream(file), hashing.resume());
    const ref = hashing.ref();
    if (await this.#isFresh(ref)) return ref;
    // Hashed again as it goes up: the file may have changed meanwhile, and a blob must be what its address says.
    const sent = new HashingStream();
    const input = pipeline(createReadStream(file), sent);
    const upload = new Upload({
      client: this.#client,
      params: { ...this.#object(ref), Body: sent },
      partSize: PART_BYTES,
      queueSize: 2,
    });
    await this.#try(undefined, () => Promise.all([upload.done(), input]));
    const received = sent.ref();
    if (received.sha256 !== ref.sha256) {
      await this.delete(ref);
      throw corruptBlob(ref, received, file);
    }
    return ref;
  }

  async #isFresh(ref: BlobRef): Promise<boolean> {
    const modifiedAt = await this.#head(ref);
    return modifiedAt !== undefined && Date.now() - modifiedAt.getTime() < FRESH_MS;
  }

  async #head(ref: BlobRef): Promise<Date | undefined> {
    try {
      const head = await this.#client.send(new HeadObjectCommand(this.#object(ref)));
      return BigInt(head.ContentLength ?? -1) === ref.size ? (head.LastModified ?? new Date(0)) : undefined;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw s3Error(error, this.#place);
    }
  }

  #object(ref: Pick<BlobRef, 'sha256'>): { Bucket: string; Key: string } {
    return { Bucket: this.location.bucket, Key: this.location.prefix + keyOf(ref.sha256) };
  }

  async #try<T>(ref: BlobRef | undefined, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      throw s3Error(error, this.#place, ref);
    }
  }
}
