import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A folder for one test file; removed when its tests are over. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'quartet-data-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files into a fresh folder below `parent`. @returns path in the data set -> local path. */
export async function writeFiles(parent: string, files: Record<string, string | Uint8Array>): Promise<Map<string, string>> {
  const folder = mkdtempSync(join(parent, 'files-'));
  const written = new Map<string, string>();
  for (const [path, content] of Object.entries(files)) {
    const local = join(folder, path);
    await mkdir(dirname(local), { recursive: true });
    await writeFile(local, content);
    written.set(path, local);
  }
  return written;
}
