import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { QuartetClient } from '@quartet/client';
import { AdviceError } from '../output';

const BLOB = /^blobs\/sha256\/[0-9a-f]{2}\/[0-9a-f]{2}\/([0-9a-f]{64})$/;
const LAST = 'backup.json';

export interface BackupReceived {
  readonly folder: string;
  readonly blobs: number;
  readonly bytes: number;
}

/**
 * Writes a backup into a new folder, which appears only when it is whole: every blob with the SHA-256 that its name is, and `backup.json`.
 * @throws AdviceError if the folder holds something, or a file arrived damaged
 */
export async function receiveBackup(client: QuartetClient, folder: string, onFile: (files: number, bytes: number) => void): Promise<BackupReceived> {
  if (existsSync(folder) && (await readdir(folder)).length > 0) throw new AdviceError(`the folder ${folder} is not empty`, 'give a new one');
  const partial = `${folder.replace(/\/+$/, '')}.partial-${process.pid}`;
  let file: Writing | undefined;
  let [files, bytes] = [0, 0];
  try {
    await mkdir(partial, { recursive: true });
    let path = '';
    for await (const chunk of client.backups.backup({})) {
      if (chunk.path !== path) {
        await file?.finish();
        path = chunk.path;
        files += 1;
        file = await Writing.begin(partial, path);
      }
      await file!.write(chunk.data);
      bytes += chunk.data.length;
      onFile(files, bytes);
    }
    await file?.finish();
    file = undefined;
    if (path !== LAST) throw new AdviceError('the backup ended before it was whole', 'run the command again');
    await rm(folder, { recursive: true, force: true });
    await rename(partial, folder);
    return { folder, blobs: files - 2, bytes };
  } finally {
    await file?.close();
    await rm(partial, { recursive: true, force: true });
  }
}

class Writing {
  readonly #hash = createHash('sha256');

  private constructor(
    readonly path: string,
    readonly handle: FileHandle,
  ) {}

  static async begin(folder: string, path: string): Promise<Writing> {
    if (path !== LAST && path !== 'database.jsonl' && !BLOB.test(path)) throw new AdviceError(`the backup holds a file that is none of a backup's: ${JSON.stringify(path)}`, 'nothing was kept; is the registry of this version?');
    await mkdir(dirname(join(folder, path)), { recursive: true });
    // It holds what the platform knows; others on this machine need not read it.
    return new Writing(path, await open(join(folder, path), 'wx', 0o600));
  }

  async write(data: Uint8Array): Promise<void> {
    await this.handle.write(data);
    this.#hash.update(data);
  }

  async finish(): Promise<void> {
    await this.handle.sync();
    await this.handle.close();
    const expected = BLOB.exec(this.path)?.[1];
    const received = this.#hash.digest('hex');
    if (expected !== undefined && expected !== received) throw new AdviceError(`${this.path} arrived with SHA-256 ${received}`, 'try again; if it stays, the blob store is damaged');
  }

  async close(): Promise<void> {
    await this.handle.close().catch(() => undefined);
  }
}
