import { parentPort, workerData } from 'node:worker_threads';
import type { BatchSource } from './batches';
import type { BatchRequest, PlainFailure, PrefetchReply, PrefetchWorkerData } from './prefetch-messages';

// The entry of a batch worker: see prefetch.ts. Doesn't load TensorFlow.

const port = parentPort;
if (!port) throw new Error('the batch worker runs as a worker thread only; start it through PrefetchedBatches');

const reply = (message: PrefetchReply, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);

async function open(): Promise<BatchSource> {
  const { module, data } = workerData as PrefetchWorkerData;
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the caller decides at run time which module it is
  const { createBatches } = require(module) as { createBatches?: (data: unknown) => BatchSource | Promise<BatchSource> };
  if (!createBatches) throw new Error(`${module} exports no \`createBatches\`; expected a function that returns a BatchSource`);
  return createBatches(data);
}

async function answer(source: BatchSource, { epoch, step }: BatchRequest): Promise<void> {
  try {
    const batch = await source.batch(epoch, step);
    const buffers = Object.values(batch.inputs).map(({ data }) => data.buffer).filter((buffer): buffer is ArrayBuffer => buffer instanceof ArrayBuffer);
    reply({ kind: 'batch', batch }, [...new Set(buffers)]);
  } catch (error) {
    reply({ kind: 'failed', failure: plain(error) });
  }
}

function plain(error: unknown): PlainFailure {
  if (!(error instanceof Error)) return { message: String(error) };
  const { message, reason, violations, metadata } = error as Error & PlainFailure;
  return { message, reason, violations, metadata };
}

open().then(
  (source) => {
    let last: Promise<void> = Promise.resolve();
    port.on('message', (request: BatchRequest) => {
      last = last.then(() => answer(source, request));
    });
    reply({ kind: 'ready', stepsPerEpoch: source.stepsPerEpoch });
  },
  (error: unknown) => reply({ kind: 'failed', failure: plain(error) }),
);
