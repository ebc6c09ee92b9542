import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { QuartetClient } from '@quartet/client';
import { Part } from '@quartet/contracts';
import { blobsOf, claimedJob, imageFiles, publish, upload } from './testing/fixtures';
import { killAll, newHome, removeHome, startRegistryProcess } from './testing/registry-process';

const RESTORE = join(__dirname, '../dist/backup/restore-main.js');
const run = promisify(execFile);
const restoreInto = (home: string, folder: string) => run(process.execPath, [RESTORE, folder], { env: { ...process.env, QUARTET_HOME: home } });

let home: string;
let folder: string;
beforeEach(async () => {
  home = await newHome();
  folder = await mkdtemp(join(tmpdir(), 'quartet-backup-'));
});
afterEach(async () => {
  await killAll();
  await removeHome(home);
  await rm(folder, { recursive: true, force: true });
});

/** Writes a backup's files as they come. @returns their paths */
async function receive(client: QuartetClient): Promise<string[]> {
  const paths: string[] = [];
  for await (const { path, data } of client.backups.backup({}, { deadlineMs: 60_000 })) {
    if (paths.at(-1) !== path) paths.push(path);
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await appendFile(join(folder, path), data);
  }
  return paths;
}

it('taken while the registry works is of one moment, and comes back whole in an empty place', async () => {
  const registry = await startRegistryProcess(home);
  const { client } = registry;
  await upload(client, 'digits', imageFiles());
  const { job, lease } = await claimedJob(client, 'digits', 'model-0');
  const version = await publish(client, await blobsOf(home), lease);
  await client.models.promoteVersion({ model: job.model, version: version.version });
  // Versions are published, promoted and deleted without a pause meanwhile.
  let busy = true;
  const working = (async () => {
    for (let at = 1; busy; at += 1) {
      const claimed = await claimedJob(client, 'digits', `model-${at}`);
      const made = await publish(client, await blobsOf(home), claimed.lease, randomBytes(20_000));
      await client.models.promoteVersion({ model: claimed.job.model, version: made.version, label: 'canary' });
      if (at % 2 === 0) await client.models.deleteModel({ name: claimed.job.model, force: true });
    }
  })();
  await new Promise((resolve) => setTimeout(resolve, 500));
  const paths = await receive(client);
  busy = false;
  await working;
  expect([paths[0], paths.at(-1)]).toEqual(['database.jsonl', 'backup.json']);
  const before = { dataset: await client.datasets.getDataset({ name: 'digits' }), version: await client.models.getVersion({ model: { name: job.model } }) };
  expect(await registry.stop()).toBe(0);

  const elsewhere = await newHome();
  try {
    expect(JSON.parse((await restoreInto(elsewhere, folder)).stdout)).toMatchObject({ format: 1, database: { rows: { datasets: 1 } }, blobs: { count: paths.length - 2 } });
    await expect(restoreInto(elsewhere, folder)).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('a backup is restored into an empty one only') });
    const second = await startRegistryProcess(elsewhere);
    expect(await second.client.datasets.getDataset({ name: 'digits' })).toEqual(before.dataset);
    expect(await second.client.models.getVersion({ model: { name: job.model } })).toEqual(before.version);
    expect((await second.client.datasets.readExamples({ name: 'digits', part: Part.PART_TRAIN, count: 3n })).labels?.shape).toEqual([3n]);
    // Of every version that the database names, each file is there with the bytes of its digest.
    const { models } = await second.client.models.listModels({ pageSize: 1000 });
    expect(models.length).toBeGreaterThan(1);
    for (const { name } of models) {
      for (const { version: number } of (await second.client.models.listVersions({ model: name })).versions) {
        for await (const _ of second.client.models.exportVersion({ model: { name, target: { $case: 'version', value: number } } }));
      }
    }
    expect(await second.stop()).toBe(0);
  } finally {
    await removeHome(elsewhere);
  }
}, 180_000);

it('that is cut short, changed, or of something else is refused, and leaves the place empty', async () => {
  const registry = await startRegistryProcess(home);
  await upload(registry.client, 'digits', imageFiles());
  const paths = await receive(registry.client);
  await registry.stop();
  const elsewhere = await newHome();
  const refused = async (file: string, change: (bytes: Buffer) => Buffer | undefined, message: RegExp): Promise<void> => {
    const bytes = await readFile(join(folder, file));
    const changed = change(bytes);
    if (changed) await writeFile(join(folder, file), changed);
    else await rm(join(folder, file));
    await expect(restoreInto(elsewhere, folder)).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(message) });
    await writeFile(join(folder, file), bytes);
  };
  try {
    const flip = (bytes: Buffer): Buffer => Buffer.from(bytes.map((byte, at) => (at === 3 ? byte ^ 1 : byte)));
    await refused('backup.json', () => undefined, /has no backup\.json: it is no backup, or one that was interrupted/);
    await refused('backup.json', () => Buffer.from('{"format":2}'), /has format 2, expected 1/);
    await refused('database.jsonl', flip, /database\.jsonl was changed: its SHA-256 is/);
    await refused(paths[1]!, flip, /holds other bytes than its name says/);
    await refused(paths[1]!, () => undefined, /The backup has \d+ blobs, expected \d+/);
    await restoreInto(elsewhere, folder);
  } finally {
    await removeHome(elsewhere);
  }
}, 180_000);
