import { QuartetError } from '@quartet/contracts';
import type { CallScope } from '../family/architecture-family';

/** Runs `work` within a time of its own besides the call's deadline. @throws QuartetError DEADLINE_EXCEEDED */
export async function within<T>(ms: number | undefined, call: CallScope, work: (call: CallScope) => Promise<T>): Promise<T> {
  if (ms === undefined) return work(call);
  const until = new Date(Date.now() + ms);
  const over = new AbortController();
  const passed = new Promise<never>((_, reject) => over.signal.addEventListener('abort', () => reject(over.signal.reason as Error), { once: true }));
  const late = new QuartetError('DEADLINE_EXCEEDED', `The request took longer than its own timeout of ${ms * 1000} microseconds. Allow more time, or send less at once.`);
  const timer = setTimeout(() => over.abort(late), ms);
  const own = !call.deadline || until < call.deadline;
  try {
    return await Promise.race([work({ ...call, deadline: own ? until : call.deadline, signal: AbortSignal.any([call.signal, over.signal]) }), passed]);
  } catch (error) {
    // Whoever looked at the deadline first speaks of the call's.
    throw own && QuartetError.is(error) && error.reason === 'DEADLINE_EXCEEDED' ? late : error;
  } finally {
    clearTimeout(timer);
  }
}
