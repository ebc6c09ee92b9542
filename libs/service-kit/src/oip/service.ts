import { inference, QuartetError } from '@quartet/contracts';
import { service, type CallContext, type ServiceRegistration } from '../server/handlers';
import type { Host } from './host';
import { infer } from './infer';
import { configOf, metadataOf } from './model-metadata';
import { modelRefOf } from './model-ref';
import { statisticsOf } from './model-statistics';
import { loadModel, repositoryIndex, unloadModel } from './repository';
import { serverMetadata } from './server-metadata';
import { answerInOrder } from './stream';

/** The Open Inference Protocol over a family's models. */
export function openInferenceService(host: Host): ServiceRegistration {
  const { runtime, serving, family } = host;
  const resolve = ({ name, version }: { name: string; version: string }, call: CallContext) => runtime.resolve(modelRefOf(name, version), call);
  return service(inference.GRPCInferenceServiceService, {
    serverLive: async () => ({ live: true }),
    serverReady: async (_, call) => ({ ready: !call.draining.aborted && family.isServing(serving.signals) }),
    serverMetadata: async () => serverMetadata(),
    modelReady: async (request, call) => ({ ready: await isReady(host, request, call) }),
    modelMetadata: async (request, call) => metadataOf(host, await resolve(request, call)),
    modelConfig: async (request, call) => ({ config: configOf(host, await resolve(request, call)) }),
    modelInfer: (request, call) => infer(host, request, call),
    modelStreamInfer: (requests, call) => answerInOrder(requests, (request) => infer(host, request, call), call),
    modelStatistics: (request, call) => statisticsOf(host, request, call),
    repositoryIndex: (request, call) => repositoryIndex(host, request, call),
    repositoryModelLoad: (request, call) => loadModel(host, request, call),
    repositoryModelUnload: (request, call) => unloadModel(host, request, call),
  });
}

/** In memory and taking requests. A version that there isn't is not ready, as with Triton. */
async function isReady({ runtime, serving, family }: Host, { name, version }: inference.ModelReadyRequest, call: CallContext): Promise<boolean> {
  if (call.draining.aborted || !family.isServing(serving.signals)) return false;
  try {
    const found = await runtime.resolve(modelRefOf(name, version), call);
    return serving.held.some((held) => held.ready && held.version.model === found.model && held.version.version === found.version);
  } catch (error) {
    if (QuartetError.is(error) && ['MODEL_NOT_FOUND', 'VERSION_NOT_FOUND', 'LABEL_NOT_FOUND'].includes(error.reason)) return false;
    throw error;
  }
}
