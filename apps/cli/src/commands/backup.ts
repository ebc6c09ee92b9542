import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { receiveBackup } from '../backup/receive';
import { action, type Context } from '../context';
import { AdviceError, bytes, writeDocument } from '../output';
import { readLive } from '../platform/pid-file';
import { workspaceRoot } from '../platform/services';

async function backup({ client, out, json }: Context, folder: string): Promise<void> {
  const received = await receiveBackup(client, folder, () => undefined);
  if (json) return writeDocument(out, received);
  out.line(`The database and ${received.blobs} blobs, ${bytes(received.bytes)}, are in ${folder}; \`quartet restore ${folder}\` brings them into an empty place.`);
}

async function restore({ out, json, settings }: Context, folder: string): Promise<void> {
  if (!existsSync(folder)) throw new AdviceError(`there is no folder ${folder}`, 'give the one that `quartet backup` made');
  const running = readLive(settings.QUARTET_HOME, 'registry');
  if (running) throw new AdviceError(`the registry of ${settings.QUARTET_HOME} runs (process ${running.pid})`, 'run `quartet down`, or set QUARTET_HOME to a new folder');
  const main = join(workspaceRoot(), 'services/registry/dist/backup/restore-main.js');
  if (!existsSync(main)) throw new AdviceError(`the registry is not built: there is no ${main}`, 'run `npm run build`');
  const { code, said, failed } = await run(main, resolve(folder), { ...process.env, QUARTET_HOME: settings.QUARTET_HOME });
  if (code !== 0) throw new AdviceError(failed.trim() || `the restore ended with ${code}`, 'the database is as it was; mend what is named and run the command again');
  const summary = JSON.parse(said) as { createdAt: string; database: { rows: Record<string, number> }; blobs: { count: number; bytes: number } };
  if (json) return writeDocument(out, summary);
  const { models = 0, versions = 0, datasets = 0, jobs = 0 } = summary.database.rows;
  out.line(`Restored as of ${summary.createdAt}: ${datasets} data sets, ${models} models with ${versions} versions, ${jobs} jobs, ${summary.blobs.count} blobs (${bytes(summary.blobs.bytes)}). \`quartet up\` starts it.`);
}

function run(main: string, folder: string, env: NodeJS.ProcessEnv): Promise<{ code: number | null; said: string; failed: string }> {
  const child = spawn(process.execPath, [main, folder], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [said, failed] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (failed += text));
  return new Promise((done, reject) => {
    child.once('error', reject);
    child.once('close', (code) => done({ code, said, failed }));
  });
}

export function addBackupCommands(program: Command): void {
  program
    .command('backup <folder>')
    .description('copy the database and all blobs into a new folder, while the platform runs')
    .action(action(backup));
  program
    .command('restore <folder>')
    .description('bring a backup into an empty QUARTET_HOME, or an empty QUARTET_DATABASE_URL and QUARTET_BLOB_URL, while nothing runs there')
    .action(action(restore));
}
