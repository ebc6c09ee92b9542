import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import type { QuartetClient } from '@quartet/client';
import type { Version } from '@quartet/contracts';
import { AdviceError } from '../output';

export interface ExportedFile {
  path: string;
  size: number;
  sha256: string;
}

/** A path inside the artefact that stays inside it. @throws AdviceError otherwise. */
function checkedPath(path: string): string {
  const clean = normalize(path);
  if (path === '' || isAbsolute(clean) || clean.split(/[\\/]/).includes('..')) throw new AdviceError(`the artefact holds a file with the path "${path}", which leaves its folder`, 'nothing was written; report this version');
  return clean;
}

/** Writes the streamed files, one after the other, and hashes each as it goes by. */
async function receive(client: QuartetClient, version: Version, folder: string): Promise<ExportedFile[]> {
  const files: ExportedFile[] = [];
  let current: { path: string; file: FileHandle; hash: ReturnType<typeof createHash>; size: number } | undefined;
  const finish = async () => {
    if (!current) return;
    await current.file.close();
    files.push({ path: current.path, size: current.size, sha256: current.hash.digest('hex') });
    current = undefined;
  };
  const model = { name: version.model, target: { $case: 'version' as const, value: version.version } };
  try {
    for await (const { path, data } of client.models.exportVersion({ model })) {
      if (current?.path !== path) {
        await finish();
        const target = join(folder, checkedPath(path));
        await mkdir(dirname(target), { recursive: true });
        current = { path, file: await open(target, 'wx'), hash: createHash('sha256'), size: 0 };
      }
      await current.file.write(data);
      current.hash.update(data);
      current.size += data.length;
    }
    await finish();
  } finally {
    await current?.file.close();
  }
  return files;
}

/**
 * Writes a version's artefact into a new folder, which appears only when every file is there with the SHA-256 that the
 * version names.
 * @throws AdviceError if the folder exists and holds something, or a file is missing or differs.
 */
export async function exportTo(client: QuartetClient, version: Version, folder: string): Promise<ExportedFile[]> {
  if (existsSync(folder) && (await readdir(folder)).length > 0) throw new AdviceError(`the folder ${folder} is not empty`, 'give another one with --to');
  const partial = `${folder.replace(/\/+$/, '')}.partial-${process.pid}`;
  try {
    await mkdir(partial, { recursive: true });
    const files = await receive(client, version, partial);
    for (const { path, blob } of version.files) {
      const got = files.find((file) => file.path === path);
      if (got?.sha256 !== blob?.sha256) throw new AdviceError(`${path} arrived ${got ? `with SHA-256 ${got.sha256}, expected ${blob?.sha256}` : 'not at all'}`, 'try again; if it stays, the blob store is damaged');
    }
    await rm(folder, { recursive: true, force: true });
    await rename(partial, folder);
    return files;
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}
