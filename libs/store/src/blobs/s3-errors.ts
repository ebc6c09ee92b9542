import { QuartetError, type BlobRef } from '@quartet/contracts';
import { missingBlob } from './address';

interface ServiceError {
  name?: string;
  message?: string;
  code?: string;
  $metadata?: { httpStatusCode?: number };
}

export const isNotFound = (error: unknown): boolean => {
  const { name, $metadata } = error as ServiceError;
  return name === 'NotFound' || name === 'NoSuchKey' || (name !== 'NoSuchBucket' && $metadata?.httpStatusCode === 404);
};

/** What went wrong, in Quartet's terms. */
export function s3Error(error: unknown, place: string, ref?: BlobRef): Error {
  if (QuartetError.is(error)) return error;
  const { name, message, code, $metadata } = error as ServiceError;
  const status = $metadata?.httpStatusCode;
  const received = `received ${name ?? code ?? 'an error'}${status ? ` (HTTP ${status})` : ''}: ${message ?? ''}`;
  if (name === 'NoSuchBucket') {
    return QuartetError.invalid('QUARTET_BLOB_URL', `the bucket of ${place} doesn't exist; create it, or name another.`);
  }
  if (ref && isNotFound(error)) return missingBlob(ref, place);
  if (status === 507 || name === 'XMinioStorageFull' || name === 'InsufficientCapacity') {
    return new QuartetError('DISK_FULL', `No space left in ${place}; ${received}. Nothing was kept; free some space and try again.`, {
      cause: error,
    });
  }
  if (status === 401 || status === 403 || name === 'CredentialsProviderError') {
    return new QuartetError(
      'INTERNAL',
      `${place} refused access; ${received}. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or another standard AWS credential) to ones that may ` +
        'read, write, list and delete there.',
      { cause: error },
    );
  }
  return new QuartetError('UNAVAILABLE', `${place} can't be used now; ${received}. Check its endpoint and that it runs; a retry may help.`, {
    cause: error,
    retryAfterMs: 1000,
  });
}
