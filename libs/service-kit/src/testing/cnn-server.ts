import { cnn, health, Job, readSettings, type Settings } from '@quartet/contracts';
import { connect, type QuartetClient } from '@quartet/client';
import { createLogger } from '../logging/logger';
import { service, startServer, type CallContext, type RunningServer } from '../server';

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
  const answer =
    <T>(type: { fromPartial: (fields: object) => T }) =>
    async (_: unknown, ctx: CallContext): Promise<T> => {
      callers.push(ctx.caller);
      return type.fromPartial({});
    };
  const server = await startServer({
    name: 'cnn',
    settings,
    port: 0,
    handleSignals: false,
    log: createLogger({ service: 'cnn', level, destination }),
    services: [service(cnn.CnnServiceService, { train: answer(Job), classify: answer(cnn.ClassifyResponse), predict: answer(cnn.PredictResponse), embed: answer(cnn.EmbedResponse) })],
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
