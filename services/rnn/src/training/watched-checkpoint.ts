import { QuartetError } from '@quartet/contracts';
import type { NetworkPlan } from '../network/recurrent';

/** What remedies made of a training. */
export interface Changed {
  network: NetworkPlan;
  applied: string[];
  /** Steps and epochs of the trainings that were given up. */
  before: { steps: number; epochs: number };
}

const MAGIC = Buffer.from('quartet.rnn.remedied.1\n');

/** A checkpoint of a training that remedies changed: the change as a line of JSON, then core's own checkpoint. */
export function wrapCheckpoint(changed: Changed, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([MAGIC, Buffer.from(`${JSON.stringify(changed)}\n`), bytes]);
}

/** @throws QuartetError CORRUPT_DATA */
export function unwrapCheckpoint(checkpoint: Uint8Array): { changed: Changed | undefined; bytes: Uint8Array } {
  const whole = Buffer.from(checkpoint.buffer, checkpoint.byteOffset, checkpoint.byteLength);
  if (!whole.subarray(0, MAGIC.length).equals(MAGIC)) return { changed: undefined, bytes: checkpoint };
  const end = whole.indexOf('\n', MAGIC.length);
  try {
    const changed = JSON.parse(whole.toString('utf8', MAGIC.length, end)) as Changed;
    // Core reads numbers in place, which wants them aligned.
    return { changed, bytes: new Uint8Array(whole.subarray(end + 1)) };
  } catch (cause) {
    throw new QuartetError('CORRUPT_DATA', 'checkpoint: what remedies changed is no JSON; start the training anew', { cause });
  }
}
