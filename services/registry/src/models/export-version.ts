import type { ExportVersionResponse, Version } from '@quartet/contracts';
import type { BlobStore } from '@quartet/store';

/** The files of a version's artefact in chunks; an empty file is one empty chunk. */
export async function* exportVersion(blobs: BlobStore, version: Version): AsyncGenerator<ExportVersionResponse> {
  for (const { path, blob } of version.files) {
    if (!blob) continue;
    if (blob.size === 0n) yield { path, data: Buffer.alloc(0), fileSize: 0n };
    const bytes = await blobs.get(blob);
    try {
      for await (const data of bytes as AsyncIterable<Buffer>) yield { path, data, fileSize: blob.size };
    } finally {
      bytes.destroy();
    }
  }
}
