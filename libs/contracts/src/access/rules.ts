import { AutoencoderServiceService } from '../generated/quartet/autoencoder/v1/autoencoder';
import { BackupServiceService } from '../generated/quartet/backup/v1/backup';
import { CnnServiceService } from '../generated/quartet/cnn/v1/cnn';
import { DatasetServiceService } from '../generated/quartet/dataset/v1/dataset';
import { GRPCInferenceServiceService } from '../generated/inference/grpc_service';
import { GatewayServiceService } from '../generated/quartet/gateway/v1/gateway';
import { ExternalScalerService } from '../generated/keda/externalscaler';
import { GanServiceService } from '../generated/quartet/gan/v1/gan';
import { ModelServiceService } from '../generated/quartet/model/v1/model';
import { PipelineServiceService, type Pipeline } from '../generated/quartet/pipeline/v1/pipeline';
import { RnnServiceService } from '../generated/quartet/rnn/v1/rnn';
import { TrainingServiceService } from '../generated/quartet/training/v1/training';
import { WorkerServiceService } from '../generated/quartet/training/v1/worker';
import type { Role } from './grants';

/** What a method asks of its caller, and whether the audit log has it. */
export interface Rule<Q = never> {
  readonly role: Role;
  /**
   * The models that a message is about; the role must be held for each. Unset: the method is about no model, or finds it out as it goes,
   * and asks `CallContext.authorize` then. An empty name is left to the method, which refuses it.
   */
  readonly models?: (request: Q) => readonly (string | undefined)[];
  /** Quartet's own processes may as well. */
  readonly orService?: boolean;
  /** The role must be held for all models. */
  readonly all?: boolean;
  /** The method changes something that lasts. */
  readonly change?: boolean;
}

interface Method {
  readonly path: string;
  readonly requestDeserialize: (bytes: Buffer) => unknown;
}

type RulesOf<D> = { readonly [K in keyof D]: D[K] extends Method ? Rule<ReturnType<D[K]['requestDeserialize']>> : never };

const byReference = (request: { model: { name: string } | undefined }) => [request.model?.name];
const byName = (request: { model: string }) => [request.model];
const ownName = (request: { name: string }) => [request.name];

const infer = { role: 'infer', models: byReference } as const;
const train = { role: 'train', models: byName, change: true } as const;
const data = { role: 'train' } as const;
const ownProcess = { role: 'service' } as const;
const ownChange = { role: 'service', change: true } as const;

const table = new Map<string, Rule>();

/** The types see to it that a service declares each of its methods. */
function declare<D extends Readonly<Record<keyof D, Method>>>(service: D, rules: RulesOf<D>): void {
  for (const key of Object.keys(service) as (keyof D)[]) table.set(service[key].path, rules[key]);
}

declare(CnnServiceService, {
  // The weights of another version go into the new one, so whoever trains must be allowed to train with that as well.
  train: { role: 'train', models: ({ model, startFrom }) => [model, startFrom?.name], change: true },
  classify: infer,
  predict: infer,
  embed: infer,
  importKeras: { role: 'train', models: ({ message }) => (message?.$case === 'header' ? byName(message.value) : []), change: true },
  explain: infer,
  inspect: infer,
  // Its answer shows examples, which are for those who may read data sets.
  findExamples: { role: 'train', models: byReference },
  trainVideo: train,
  classifyVideo: infer,
  classifyStream: { role: 'infer', models: ({ message }) => (message?.$case === 'start' ? byReference(message.value) : []) },
});
declare(RnnServiceService, {
  trainForecast: train,
  forecast: infer,
  trainClassifier: train,
  classify: infer,
  trainTagger: train,
  tag: infer,
  trainLanguageModel: train,
  generate: infer,
  trainTranslator: train,
  translate: infer,
  trainTranscriber: train,
  transcribe: { role: 'infer', models: ({ message }) => (message?.$case === 'start' ? byReference(message.value) : []) },
  // A captioner is made of the image model as well, so whoever trains one must be allowed to train with that.
  trainCaptioner: { role: 'train', models: ({ model, imageModel }) => [model, imageModel?.name], change: true },
  caption: infer,
  step: { role: 'infer', models: ({ message }) => (message?.$case === 'open' ? byReference(message.value) : []) },
});
declare(GanServiceService, {
  train,
  generate: infer,
  interpolate: infer,
  discriminate: infer,
  project: infer,
  evaluate: infer,
  generateDataset: { role: 'train', models: byReference, change: true },
});
declare(AutoencoderServiceService, {
  train,
  encode: infer,
  decode: infer,
  reconstruct: infer,
  sample: infer,
  interpolate: infer,
  detectAnomalies: infer,
  neighbors: infer,
  compress: infer,
  decompress: infer,
  project: infer,
  report: infer,
});
declare(DatasetServiceService, {
  uploadDataset: { role: 'train', change: true },
  importDataset: { role: 'train', change: true },
  getDataset: data,
  listDatasets: data,
  deleteDataset: { role: 'admin', all: true, change: true },
  readExamples: data,
});
// All that there is, of all models.
declare(BackupServiceService, { backup: { role: 'admin', all: true } });
declare(ModelServiceService, {
  // Lists hold what the caller may see; see `CallContext.permits`.
  listModels: { role: 'infer' },
  getModel: { role: 'infer', models: ownName },
  listVersions: { role: 'infer', models: byName },
  getVersion: infer,
  promoteVersion: { role: 'admin', models: byName, change: true },
  deleteLabel: { role: 'admin', models: byName, change: true },
  deleteVersion: { role: 'admin', models: byName, change: true },
  deleteModel: { role: 'admin', models: ownName, change: true },
  exportVersion: { role: 'train', models: byReference },
  setTraffic: { role: 'admin', models: byName, change: true },
  getTraffic: { role: 'infer', models: byName },
  // A family's service takes a bad canary back by itself.
  rollback: { role: 'admin', models: byName, change: true, orService: true },
});
declare(TrainingServiceService, {
  // A job's model is known once the job has been found.
  getJob: { role: 'train' },
  listJobs: { role: 'train' },
  watchJob: { role: 'train' },
  cancelJob: { role: 'train', change: true },
  resumeJob: { role: 'train', change: true },
});
declare(WorkerServiceService, {
  createJob: ownChange,
  claimJob: ownProcess,
  heartbeat: ownProcess,
  recordEvents: ownProcess,
  recordCheckpoint: ownProcess,
  publishVersion: ownChange,
  importVersion: ownChange,
  endJob: ownChange,
  releaseJob: ownProcess,
  watchVersions: ownProcess,
});

const open = { role: 'infer' } as const;
const named = { role: 'infer', models: ownName } as const;
const inModelName = { role: 'infer', models: ({ modelName }: { modelName: string }) => [modelName] } as const;
// KServe's clients have the model's name where Triton's have the repository's.
const loading = { role: 'admin', models: ({ repositoryName, modelName }: { repositoryName: string; modelName: string }) => [modelName || repositoryName], change: true } as const;
declare(GRPCInferenceServiceService, {
  serverLive: open,
  serverReady: open,
  serverMetadata: open,
  modelReady: named,
  modelMetadata: named,
  modelConfig: named,
  modelInfer: inModelName,
  modelStreamInfer: inModelName,
  // Without a name, as with the index: of what the caller may see.
  modelStatistics: named,
  repositoryIndex: open,
  repositoryModelLoad: loading,
  repositoryModelUnload: loading,
});

const steps = { role: 'infer', models: ({ pipeline }: { pipeline: Pipeline | undefined }) => pipeline?.steps.map(({ call }) => call?.value.model?.name) ?? [] } as const;
declare(PipelineServiceService, { validate: steps, run: steps });
// Addresses within the platform.
declare(GatewayServiceService, { listReplicas: { role: 'admin', all: true } });

// KEDA's operator, which its certificate tells: it has no token.
declare(ExternalScalerService, { isActive: ownProcess, streamIsActive: ownProcess, getMetricSpec: ownProcess, getMetrics: ownProcess });

/** What no rule is declared for is for those who may do everything. */
const UNDECLARED: Rule = { role: 'admin', all: true };

/** Every method that has a rule, by its path: `/quartet.cnn.v1.CnnService/Classify`. */
export const RULES: ReadonlyMap<string, Rule> = table;

/** What a method asks of its caller. */
export const ruleOf = (path: string): Rule => table.get(path) ?? UNDECLARED;
