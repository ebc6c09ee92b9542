import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JobState } from '@quartet/contracts';
import { Platform, tinySpec } from './testing/platform';

const options = { epochs: 20, batchSize: 32, seed: 11, learningRate: 0.003, checkpointEverySteps: 25 };

/** A file system of 16 MiB at a folder; false where this user may not mount one. */
function mountSmall(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const disk = mkdtempSync(join(tmpdir(), 'quartet-disk-'));
const mounted = mountSmall(disk);

// Only root may mount, and not in every container; there is no other way to a disk that is really full.
(mounted ? describe : describe.skip)('a blob store without space', () => {
  let platform: Platform;
  const filler = join(disk, 'filler');

  beforeAll(async () => {
    platform = await Platform.start({ QUARTET_BLOB_URL: `file://${disk}/blobs` });
    await platform.uploadDigits('digits', 600, 100);
  });
  afterAll(async () => {
    await platform?.stop();
    execFileSync('umount', ['-l', disk]);
    rmSync(disk, { recursive: true, force: true });
  });

  it('fails the job with the reason; once there is space, the job is resumed to its end', async () => {
    const { bavail, bsize } = statfsSync(disk);
    // Room for less than one checkpoint.
    writeFileSync(filler, Buffer.alloc(bavail * bsize - 8192));
    const job = await platform.train({ model: 'digits', dataset: 'digits', spec: tinySpec, options });
    await platform.events(job.id);
    const failed = await platform.control.training.getJob({ id: job.id });
    expect(JobState[failed.state]).toBe('JOB_STATE_FAILED');
    expect(failed.error).toMatch(/no space left on the device.*free some and resume the job/);

    rmSync(filler);
    await platform.control.training.resumeJob({ id: job.id });
    expect(await platform.weightsOf(job)).toMatch(/^[0-9a-f]{64}$/);
  });
});
