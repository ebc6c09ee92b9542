import type { ServerDuplexStream } from '@grpc/grpc-js';
import { QuartetError } from '@quartet/contracts';

/**
 * The first message of a call, which stays in the call for whoever reads it next.
 * @throws QuartetError INVALID_FIELD where there is none; the signal's reason.
 */
export function firstMessage(call: ServerDuplexStream<Buffer, Buffer>, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const leave = () => {
      call.off('readable', onReadable).off('end', onEnd);
      signal.removeEventListener('abort', onAbort);
    };
    const onReadable = () => {
      const bytes = call.read() as Buffer | null;
      if (bytes === null) return;
      leave();
      // At once: a stream that has nothing left and was ended would end now.
      call.unshift(bytes);
      resolve(bytes);
    };
    const onEnd = () => {
      leave();
      reject(new QuartetError('INVALID_FIELD', 'The call ended without a request. Send one.'));
    };
    const onAbort = () => {
      leave();
      reject(signal.reason as Error);
    };
    call.on('readable', onReadable).on('end', onEnd);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}
