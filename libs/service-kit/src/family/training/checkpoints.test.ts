import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createLogger } from '../../logging/logger';
import { openBlobStore } from '@quartet/store';
import { Checkpoints, type CheckpointsOptions } from './checkpoints';

const made = (step: number) => ({ step, bytes: Buffer.from(`weights at ${step}`) });

describe('Checkpoints', () => {
  let folder: string;
  let kept: number[];
  let failures: unknown[];
  let checkpoints: Checkpoints;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quartet-checkpoints-'));
    [kept, failures] = [[], []];
    // The registry's side of it; it takes no step before the first.
    const recordCheckpoint = async ({ checkpoint }: { checkpoint: { step: bigint } }) => {
      if (checkpoint.step < 1n) throw new Error(`checkpoint.step: is ${checkpoint.step}; expected a step from 1.`);
      kept.push(Number(checkpoint.step));
    };
    checkpoints = new Checkpoints({
      lease: { jobId: 'job', token: 'token', attempt: 1 },
      registry: { worker: { recordCheckpoint } } as unknown as CheckpointsOptions['registry'],
      blobs: await openBlobStore(pathToFileURL(folder).href),
      log: createLogger({ service: 'test', level: 'silent' }),
      onRecorded: () => undefined,
      onFailed: (error) => failures.push(error),
    });
  });
  afterEach(async () => {
    checkpoints.drop();
    await rm(folder, { recursive: true });
  });

  test('a training that is stopped before its first step has none to keep', async () => {
    await checkpoints.addLast(made(0));
    expect([kept, failures]).toEqual([[], []]);
  });

  test('the last one is kept, and not twice', async () => {
    checkpoints.add(made(10));
    await checkpoints.settled();
    await checkpoints.addLast(made(10));
    await checkpoints.addLast(made(12));
    expect([kept, failures]).toEqual([[10, 12], []]);
  });
});
