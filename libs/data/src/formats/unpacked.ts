import { extractAll, openZip } from '../files/zip';
import { byCodeUnit } from '../paths';
import type { FormatInput } from './format';

/** Files to read: those sent, or what is in the one archive sent. */
export async function unpacked({ files, context, scratch }: FormatInput): Promise<ReadonlyMap<string, string>> {
  const [[path, local]] = [...files] as [[string, string]];
  if (files.size > 1 || !/\.zip$/i.test(path)) return files;
  const zip = await openZip(local, path, context);
  try {
    const entries = await extractAll(zip, await scratch(), context.signal);
    return new Map([...entries].sort(([a], [b]) => byCodeUnit(a, b)));
  } finally {
    zip.close();
  }
}
