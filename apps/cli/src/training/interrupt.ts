import type { Job } from '@quartet/contracts';
import type { Context } from '../context';
import { AdviceError } from '../output';
import type { TrainingHistory } from './history';
import { watchToEnd } from './watch-view';

/** Follows a job; Ctrl-C ends the watch with exit code 130, and the job goes on. */
export async function watching(context: Context, id: string): Promise<{ job: Job; history: TrainingHistory }> {
  const controller = new AbortController();
  const stop = () => controller.abort();
  process.once('SIGINT', stop);
  try {
    return await watchToEnd(context, id, controller.signal);
  } catch (error) {
    if (!controller.signal.aborted) throw error;
    throw new AdviceError('the watch was interrupted; the training goes on', `\`quartet watch ${id}\` follows it again, \`quartet cancel ${id}\` ends it`, 130);
  } finally {
    process.off('SIGINT', stop);
  }
}
