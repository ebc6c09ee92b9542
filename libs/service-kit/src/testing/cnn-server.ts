import { cnn, health, readSettings, type Settings } from '@quartet/contracts';
import { connect, type QuartetClient } from '@quartet/client';
import { createLogger } from '../logging/logger';
import { service, startServer, type CallContext, type MethodShape, type RunningServer } from '../server';
import { allMethods } from './all-methods';

export interface CnnServer extends RunningServer {
  settings: Settings;
  /** What was logged, each line parsed. */
  logged: Record<string, unknown>[];
  /** Who made the calls that the handlers got. */
  callers: CallContext['caller'][];
}

/** A CNN service without a model, with these settings: each method answers with an empty message. */
export async function startCnn(env: Record<string, string>, level = 'info'): Promise<CnnServer> {
  const settings = readSettings({ QUARTET_DRAIN_MS: '300', ...env });
  const logged: Record<string, unknown>[] = [];
  const callers: CallContext['caller'][] = [];
  const destination = { write: (line: string) => void logged.push(JSON.parse(line) as Record<string, unknown>) };
  const answer = ({ responseDeserialize }: MethodShape) => (_: unknown, ctx: CallContext) => {
    callers.push(ctx.caller);
    return Promise.resolve(responseDeserialize(Buffer.alloc(0)));
  };
  const server = await startServer({
    name: 'cnn',
    settings,
    port: 0,
    handleSignals: false,
    log: createLogger({ service: 'cnn', level, destination }),
    services: [service(cnn.CnnServiceService, allMethods(cnn.CnnServiceService, answer))],
  });
  return { ...server, settings, logged, callers };
}

/** Whether the server answers a client with these settings; the error's message if it doesn't. */
export async function reach(address: string, env: Record<string, string>): Promise<string> {
  const client: QuartetClient = connect({ address, settings: readSettings(env) });
  try {
    const { status } = await client.health.check({}, { deadlineMs: 10_000 });
    return health.HealthCheckResponse_ServingStatus[status];
  } catch (error) {
    return (error as Error).message;
  } finally {
    client.close();
  }
}
