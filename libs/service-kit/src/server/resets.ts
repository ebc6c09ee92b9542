import type { Server } from '@grpc/grpc-js';
import type { Settings } from '@quartet/contracts';

/** What may come at once, in seconds of the rate: a client with thousands of calls under way may leave, and it may be a gateway's. */
const BURST_SECONDS = 10;

interface Http2Options {
  streamResetRate?: number;
  streamResetBurst?: number;
}

/**
 * Sets how many calls a second a peer may cancel over one connection. Node ends a connection on which more streams are reset than that, which guards
 * against "rapid reset" (CVE-2023-44487), by default after 1000 and then 33 a second: a call that its caller cancels, or whose deadline passes, is such
 * a reset, and all callers of a gateway share its connection to a service.
 *
 * grpc-js 1.14 has no option for it, but keeps the options that it will make its HTTP/2 servers with; a test notices when that changes.
 * @param server not bound yet
 */
export function limitResets(server: Server, { QUARTET_MAX_RESETS_PER_SECOND: rate }: Pick<Settings, 'QUARTET_MAX_RESETS_PER_SECOND'>): void {
  const { commonServerOptions } = server as unknown as { commonServerOptions?: Http2Options };
  if (!commonServerOptions) throw new Error('this version of grpc-js keeps the options of its HTTP/2 servers elsewhere than 1.14; find out where, and set streamResetRate and streamResetBurst there');
  commonServerOptions.streamResetRate = rate;
  commonServerOptions.streamResetBurst = BURST_SECONDS * rate;
}
