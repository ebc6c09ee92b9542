import type { Server } from '@grpc/grpc-js';
import { Family, inference, QuartetError, type Settings } from '@quartet/contracts';
import { connect } from '@quartet/client';
import { admitted, refuseUnsupported, serverMetadata, service, type CallEnvironment, type ServiceRegistration } from '@quartet/service-kit';
import type { Admission } from '../proxy';
import type { Workloads } from '../workloads';
import { byModel, type ByModelOptions, type FindWorkload } from './by-model';
import { ModelFamilies } from './model-families';
import { repositoryIndex } from './repository-index';
import { allStatistics } from './statistics';
import { streamByModel } from './stream';

export interface InferenceOptions {
  settings: Settings;
  workloads: Workloads;
  /** Whether one of the families' services serves. */
  isServing(): boolean;
  /** What stands before every call that is passed on. */
  admit: Admission;
}

/** The Open Inference Protocol at the gateway. */
export interface Inference {
  /** What it answers by itself. */
  own: ServiceRegistration;
  /** Registers what it passes on. */
  register(server: Server, environment: CallEnvironment): void;
  close(): void;
}

export const INFERENCE_SERVICE = 'inference.GRPCInferenceService';

const { serverLive, serverReady, serverMetadata: metadataMethod, repositoryIndex: indexMethod, ...methods } = inference.GRPCInferenceServiceService;
const asIs = (bytes: Buffer): Buffer => bytes;

/** Of a request for one model: `name`. */
const NAME = [1];
/** Of a load: `model_name`, or where KServe's clients have it. */
const LOADED_NAME = [2, 1];

export function openInference({ settings, workloads, isServing, admit }: InferenceOptions): Inference {
  const registry = connect({ settings, address: settings.QUARTET_REGISTRY_ADDRESS, token: '' });
  const known = new ModelFamilies(registry);
  const find: FindWorkload = async (model, { metadata }) => {
    const family = workloads.familyOf(model) ?? (await known.familyOf(model, metadata));
    const service = workloads.services.find(({ route }) => route.family === family);
    if (!service) throw new QuartetError('UNIMPLEMENTED', `model '${model}' is of ${Family[family]}, which this gateway doesn't route`);
    return workloads.ofModel(model, service);
  };
  const routes: [string, Omit<ByModelOptions, 'find' | 'admit'>][] = [
    [methods.modelReady.path, { nameFields: NAME, notFound: notReady }],
    [methods.modelMetadata.path, { nameFields: NAME }],
    [methods.modelConfig.path, { nameFields: NAME }],
    [methods.modelInfer.path, { nameFields: NAME, queueFields: [1, 2] }],
    [methods.modelStatistics.path, { nameFields: NAME, withoutName: (call) => allStatistics(workloads, call) }],
    [methods.repositoryModelLoad.path, { nameFields: LOADED_NAME }],
    [methods.repositoryModelUnload.path, { nameFields: LOADED_NAME }],
  ];
  return {
    own: service(
      { serverLive, serverReady, serverMetadata: metadataMethod, repositoryIndex: indexMethod },
      {
        serverLive: async () => ({ live: true }),
        serverReady: async (_, { draining }) => ({ ready: !draining.aborted && isServing() }),
        serverMetadata: async () => serverMetadata(),
        repositoryIndex: (request, call) => repositoryIndex(workloads, registry, request, call),
      },
    ),
    register(server, environment) {
      const { calls, log } = environment;
      for (const [path, options] of routes) server.register(path, admitted(path, environment, byModel(path, { ...options, find, admit }, { calls, log })), asIs, asIs, 'bidi');
      const { path } = methods.modelStreamInfer;
      server.register(path, admitted(path, environment, streamByModel(path, { find, admit }, { calls, log })), asIs, asIs, 'bidi');
      refuseUnsupported(server);
    },
    close: () => registry.close(),
  };
}

/** A model that there isn't is not ready, as with Triton. */
function notReady(error: unknown): Buffer {
  if (!QuartetError.is(error) || error.reason !== 'MODEL_NOT_FOUND') throw error;
  return Buffer.from(inference.ModelReadyResponse.encode({ ready: false }).finish());
}
