import { QuartetError } from '@quartet/contracts';
import type { CallScope } from '../family/architecture-family';

/** Runs `work` within a time of its own besides the call's deadline. @throws QuartetError DEADLINE_EXCEEDED */
export async function within<T>(ms: number | undefined, call: CallScope, work: (call: CallScope) => Promise<T>): Promise<T> {
  if (ms === undefined) return work(call);
  const until = new Date(Date.now() + ms);
  const over = new AbortController();
  const passed = new Promise<never>((_, reject) => over.signal.addEventListener('abort', () => reject(over.signal.reason as Error), { once: true }));
  const timer = setTimeout(() => over.abort(new QuartetError('DEADLINE_EXCEEDED', `The request took longer than its own timeout of ${ms * 1000} microseconds. Allow more time, or send less at once.`)), ms);
  const deadline = call.deadline && call.deadline < until ? call.deadline : until;
  try {
    return await Promise.race([work({ ...call, deadline, signal: AbortSignal.any([call.signal, over.signal]) }), passed]);
  } finally {
    clearTimeout(timer);
  }
}
