import { Zip, ZipPassThrough } from 'fflate';
import { api } from './clients';

/** A version's artefact as one .zip, as it comes. @param told with the bytes so far */
export async function exportVersion(name: string, version: bigint, told: (bytes: number) => void): Promise<Blob> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const zip = new Zip((error, chunk) => {
    if (error) throw error;
    chunks.push(new Uint8Array(chunk));
  });
  let file: ZipPassThrough | undefined;
  let bytes = 0;
  for await (const { path, data } of api.models.exportVersion({ model: { name, target: { case: 'version', value: version } } })) {
    if (file?.filename !== path) {
      file?.push(new Uint8Array(0), true);
      file = new ZipPassThrough(path);
      zip.add(file);
    }
    file.push(data);
    told((bytes += data.length));
  }
  file?.push(new Uint8Array(0), true);
  zip.end();
  return new Blob(chunks, { type: 'application/zip' });
}

/** Has the browser keep a file. */
export function save(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
