import { cnn, inference } from '@quartet/contracts';
import type { RunningServer } from '@quartet/service-kit';
import { startRaw, type RawCall } from './raw';

type Message<T> = { encode(value: T): { finish(): Uint8Array }; fromPartial(value: never): T };
export const bytesOf = <T>(type: Message<T>, value: object): Buffer => Buffer.from(type.encode(type.fromPartial(value as never)).finish());

export const CNN = 'quartet.cnn.v1.CnnService';
export const CLASSIFY = `/${CNN}/Classify`;
export const CLASSIFY_STREAM = `/${CNN}/ClassifyStream`;
export const TRAIN = `/${CNN}/Train`;

const { GRPCInferenceServiceService: methods } = inference;

/** A CNN service that answers with its name, and keeps what it received. */
export interface Pods {
  server: RunningServer;
  received: Buffer[];
}

/** @param held models that it says it has in its index and statistics */
export async function startPods(name: string, port = 0, held: readonly string[] = []): Promise<Pods> {
  const received: Buffer[] = [];
  const reply = (answer: Buffer) => (call: RawCall) => {
    call.on('data', (bytes: Buffer) => {
      received.push(bytes);
      call.write(answer);
    });
    call.on('end', () => call.end());
  };
  const own = Buffer.from(name);
  const index = { models: held.map((model) => ({ name: model, version: '1', state: 'READY', reason: name })) };
  const server = await startRaw(
    {
      [CLASSIFY]: reply(bytesOf(cnn.ClassifyResponse, { modelVersion: BigInt(name.length) })),
      [`/${CNN}/Predict`]: reply(own),
      [CLASSIFY_STREAM]: reply(own),
      [TRAIN]: reply(own),
      [methods.modelInfer.path]: reply(bytesOf(inference.ModelInferResponse, { modelName: name })),
      [methods.modelReady.path]: reply(bytesOf(inference.ModelReadyResponse, { ready: true })),
      [methods.modelStreamInfer.path]: reply(bytesOf(inference.ModelStreamInferResponse, { inferResponse: { modelName: name } })),
      [methods.repositoryIndex.path]: reply(bytesOf(inference.RepositoryIndexResponse, index)),
      [methods.modelStatistics.path]: reply(bytesOf(inference.ModelStatisticsResponse, { modelStats: held.map((model) => ({ name: model, version: name })) })),
    },
    port,
  );
  return { server, received };
}
