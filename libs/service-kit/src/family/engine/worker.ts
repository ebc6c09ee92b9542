import { constants } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { startEngine } from '@quartet/core';
import { QuartetError } from '@quartet/contracts';
import type { HostedModel, ModelHost } from '../architecture-family';
import { now, toPlainError, transferable, type EngineReply, type EngineRequest, type EngineWorkerData, type Tensors } from './protocol';

// The entry of an engine worker: a thread that owns a TensorFlow context and the loaded versions, and does one thing at
// a time. A call into TensorFlow blocks this thread, never the one that does gRPC.

const port = parentPort;
if (!port) throw new Error('the engine worker runs as a worker thread only; start it through EnginePool');

const models = new Map<string, HostedModel>();

function hostOf(modulePath: string): ModelHost {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the family decides at run time which module it is
  const { host } = require(modulePath) as { host?: ModelHost };
  if (!host) throw new Error(`${modulePath} exports no \`host\`; expected a ModelHost`);
  return host;
}

async function perform(host: ModelHost, request: EngineRequest): Promise<Tensors | undefined> {
  switch (request.kind) {
    case 'load': {
      const model = await host.load(request.folder);
      models.get(request.key)?.dispose();
      models.set(request.key, model);
      return undefined;
    }
    case 'unload':
      models.get(request.key)?.dispose();
      models.delete(request.key);
      return undefined;
    case 'run': {
      const model = models.get(request.key);
      if (!model) throw new QuartetError('UNAVAILABLE', `${request.key} isn't loaded in this worker; send the request again`, { retryAfterMs: 100 });
      return model.run(request.method, request.inputs);
    }
  }
}

function reply(message: EngineReply, outputs: Tensors = {}): void {
  port?.postMessage(message, transferable(outputs));
}

/** From <dlfcn.h>; the same on every Linux that Node runs on. */
const RTLD_NODELETE = 0x1000;

/**
 * Keeps TensorFlow's library in memory when this thread ends. Node would unload it, but the library has registered
 * functions to be called at the process's exit, which would then be a jump into nothing: SIGSEGV instead of exit code 0.
 */
function keepLibraries(): void {
  const { dlopen } = process;
  process.dlopen = (module, filename, flags = constants.dlopen.RTLD_LAZY) => dlopen(module, filename, flags | RTLD_NODELETE);
}

keepLibraries();
const { tensorflow, device, warning } = startEngine();
const host = hostOf((workerData as EngineWorkerData).hostModule);
let last: Promise<void> = Promise.resolve();

port.on('message', (request: EngineRequest) => {
  last = last.then(async () => {
    const startedAt = now();
    try {
      const outputs = await perform(host, request);
      reply({ kind: 'done', id: request.id, outputs, startedAt, endedAt: now() }, outputs);
    } catch (error) {
      reply({ kind: 'failed', id: request.id, error: toPlainError(error) });
    }
  });
});

reply({ kind: 'ready', engine: `TensorFlow ${tensorflow} on ${device}`, warning });
