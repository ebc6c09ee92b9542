/**
 * What Quartet keeps. Blobs (`openBlobStore`) are for every process; metadata and the job queue are the registry's, and
 * their database packages load only when it opens them.
 */
export type { BlobSource, BlobStore, ByteRange, StoredBlob } from './blobs/blob-store';
export { openBlobStore } from './blobs/open';
