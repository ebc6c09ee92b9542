import { Client, credentials, status, type ServiceError, type StatusObject } from '@grpc/grpc-js';
import { errorDetails, rpc } from '@quartet/contracts';

const asIs = (bytes: Buffer): Buffer => bytes;

export const connectRaw = (address: string): Client =>
  new Client(address, credentials.createInsecure(), { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1, 'grpc.use_local_subchannel_pool': 1 });

export interface CallOptions {
  /** The call has no end of its own, or may rightly wait: it is left after so many milliseconds. */
  leaveAfterMs?: number;
  /** Longer than this is a hang. */
  hangMs: number;
}

/** Sends messages as raw bytes and waits for the call's end; undefined: it was left. */
export function callRaw(client: Client, path: string, messages: readonly Buffer[], { leaveAfterMs, hangMs }: CallOptions): Promise<StatusObject | undefined> {
  const call = client.makeBidiStreamRequest(path, asIs, asIs, { deadline: Date.now() + hangMs });
  return new Promise((resolve) => {
    let left = false;
    const timer = leaveAfterMs === undefined ? undefined : setTimeout(() => ((left = true), call.cancel()), leaveAfterMs);
    call.on('data', () => undefined);
    call.on('error', (_: ServiceError) => undefined);
    call.on('status', (end: StatusObject) => {
      clearTimeout(timer);
      resolve(left ? undefined : end);
    });
    for (const message of messages) call.write(message);
    call.end();
  });
}

/** Never for what a caller sends. */
const FAULTS = new Set([status.UNKNOWN, status.INTERNAL, status.DATA_LOSS, status.UNIMPLEMENTED, status.UNAVAILABLE]);

/** What is wrong with the end of a call; undefined: it succeeded, or failed as it should. */
export function faultOf({ code, details, metadata }: StatusObject): string | undefined {
  if (code === status.OK) return undefined;
  const bytes = metadata.get('grpc-status-details-bin');
  if (code === status.DEADLINE_EXCEEDED && bytes.length === 0) return 'it hung';
  if (FAULTS.has(code)) return `${status[code]}: ${details}`;
  const [first, ...more] = bytes;
  if (!Buffer.isBuffer(first) || more.length > 0) return `${status[code]} without details: ${details}`;
  const infos = rpc.Status.decode(first).details.filter(({ typeUrl }) => typeUrl.endsWith('google.rpc.ErrorInfo')).map(({ value }) => errorDetails.ErrorInfo.decode(value));
  if (infos.length !== 1 || infos[0]!.domain !== 'quartet' || infos[0]!.reason === '') return `${status[code]} with ${infos.length} ErrorInfo: ${details}`;
  if (details === '' || /\n\s+at |\.[jt]s:\d+/.test(details)) return `${status[code]} with no message for people: ${details}`;
  return undefined;
}
