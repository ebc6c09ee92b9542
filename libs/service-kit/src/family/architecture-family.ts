import type { Dataset, Family, ImportedFile, Job, Lineage, ModelRef, Settings, Version } from '@quartet/contracts';
import type { QuartetClient } from '@quartet/client';
import type { EngineOptions, TimeLook } from '@quartet/core';
import type { Logger } from '../logging/logger';
import type { CallContext, ServiceRegistration } from '../server/handlers';
import type { OpenInference } from '../oip/open-inference';
import type { ReadSignals } from './traffic/signals';
import type { Tensors } from './engine/protocol';

// What makes a kind of network a family of Quartet. A newcomer reads this file first: everything else in this folder
// turns such a plug-in into a server. A fifth family is a folder under services/ and a proto package, with no edit here.
//
//   main.ts     `runFamilyService(family)`: gRPC, health, the registry, the engine workers, the training processes
//   host.ts     loaded in engine workers:    exports `host: ModelHost`
//   trainer.ts  loaded in training processes: exports `trainer: FamilyTrainer`
//
// Three modules, because they run in three places: the main thread never loads TensorFlow, and an engine worker loads
// neither gRPC nor the training.

export interface ArchitectureFamily {
  /** Short and lower-case, for folders, logs and metrics: `cnn`. */
  readonly name: string;
  readonly family: Family;
  /** Where the service listens. */
  port(settings: Settings): number;
  /** The typed service of the family: its gRPC definition with a handler for each method. */
  services(runtime: FamilyRuntime): ServiceRegistration[];
  /** How its versions are called by the Open Inference Protocol. Default: they aren't. */
  openInference?(runtime: FamilyRuntime): OpenInference;
  /**
   * Which numbers of an answer tell how its model does, such as its confidence: a canary whose are worse than production's is rolled back. Asked only while
   * a model has a canary, of unary calls, Open Inference's among them. Default: none. See `signalsOf`.
   */
  readonly signals?: ReadSignals;
  /** Absolute path of the module that exports `host`. */
  readonly hostModule: string;
  /** Absolute path of the module that exports `trainer`. */
  readonly trainerModule: string;
  /**
   * Threads of the engine where no setting says otherwise, for training, and one less for serving. Recurrent nets want one within an operation: their products
   * are too small to share out, and the cores are busy with independent ones. Default: TensorFlow's choice.
   */
  readonly engine?: EngineOptions;
  /** Whether the family's services answer SERVING, given how the process is. */
  isServing(signals: HealthSignals): boolean;
}

/** What a family decides its health on. */
export interface HealthSignals {
  /** An engine worker takes requests. */
  engineReady: boolean;
  /** The registry's list of versions has arrived at least once. */
  versionsKnown: boolean;
  /** Versions with a label that aren't loaded yet. */
  versionsLoading: number;
}

/** What of its call a handler passes on: its context as it is, so that the metadata's priority and label count. */
export type CallScope = Pick<CallContext, 'signal' | 'deadline' | 'traceparent'> & Partial<Pick<CallContext, 'metadata' | 'trailer'>>;

/** What the kit gives to a family's handlers. */
export interface FamilyRuntime {
  readonly settings: Settings;
  readonly log: Logger;
  /** Clients of the registry's services. A call fails with UNAVAILABLE while the registry is away. */
  readonly registry: QuartetClient;
  /**
   * Finds a version by number or label, without the registry where its label is known here.
   * @throws QuartetError MODEL_NOT_FOUND, VERSION_NOT_FOUND, LABEL_NOT_FOUND or WRONG_FAMILY, saying what exists
   */
  resolve(ref: ModelRef | undefined, call: CallScope): Promise<Version>;
  /**
   * Runs a method of a version in an engine worker, together with other requests for it. Loads the version first if it
   * isn't held.
   * @param inputs first dimension: the batch, equal in all
   * @returns first dimension: the batch
   */
  infer(version: Version, method: string, inputs: Tensors, call: CallScope): Promise<Tensors>;
  /** @throws QuartetError DATASET_NOT_FOUND */
  dataset(name: string, call: CallScope): Promise<Dataset>;
  /** Queues a training. `spec` is the family's whole Train request with its defaults filled in, as proto3 JSON. */
  createJob(job: NewJob, call: CallScope): Promise<Job>;
  /** Runs `work` with a new folder, which is removed at its end. */
  withFolder<T>(work: (folder: string) => Promise<T>): Promise<T>;
  /** Publishes a model that was trained elsewhere. */
  importVersion(imported: NewImport, call: CallScope): Promise<Version>;
}

/** A model that was trained elsewhere, as one of the family's artefacts. */
export interface NewImport {
  /** Name of the model that gets the version. */
  model: string;
  /** Of the artefact. */
  folder: string;
  finished: FinishedModel;
  file: ImportedFile;
  /** The same key gives the same version: SHA-256, in hexadecimal, of what was imported, and how. */
  key: string;
}

export interface NewJob {
  model: string;
  dataset: string;
  spec: unknown;
  idempotencyKey: string;
}

/** Loads a family's models in an engine worker. */
export interface ModelHost {
  /** Loads an artefact's folder and warms the model up: when it resolves, the first request is as fast as the next. */
  load(folder: string): Promise<HostedModel>;
}

export interface HostedModel {
  /** Named tensors in and out, each with the batch first; blocks the worker. */
  run(method: string, inputs: Tensors): Tensors | Promise<Tensors>;
  dispose(): void;
}

/** Trains a family's models in a training process. */
export interface FamilyTrainer {
  readonly name: string;
  readonly family: Family;
  /** Builds the network and its data. Nothing is trained yet. */
  prepare(job: TrainingJob): Promise<TrainingRun>;
}

/** A claimed job, as a trainer sees it. */
export interface TrainingJob {
  /** The Train request that the family queued, as proto3 JSON. */
  readonly spec: unknown;
  readonly dataset: Dataset;
  /** Local copies of the data set's parts: .npy of the examples and of their int32 labels. */
  readonly files: Partial<Record<'train' | 'validation' | 'test', { examples: string; labels: string }>>;
  /** Reports what happens. Awaited, but quick: a report never waits for the registry. */
  report(event: TrainerEvent): void;
  /**
   * Another version, with its artefact in a local folder.
   * @throws QuartetError MODEL_NOT_FOUND, VERSION_NOT_FOUND, LABEL_NOT_FOUND
   */
  version(ref: ModelRef): Promise<{ version: Version; folder: string }>;
}

/** What a trainer reports; metrics by name: `loss`, `accuracy`, `validation/loss`, ... */
export type TrainerEvent =
  | { type: 'progress'; step: number; totalSteps: number; epoch: number; totalEpochs: number; metrics: Record<string, number>; examplesPerSecond: number; throughTime?: TimeLook }
  | { type: 'epochEnd'; epoch: number; metrics: Record<string, number>; seconds: number; best: boolean }
  | { type: 'checkpoint'; step: number; bytes: Uint8Array }
  | { type: 'diagnostic'; verdict: string; evidence: string; remedy: string; applied: boolean };

export interface TrainingRun {
  /** Goes on from a checkpoint of the same job: the rest is bit for bit what it would have been. */
  resumeFrom(checkpoint: Uint8Array): void;
  /** Trains to the end, or to the next step after `signal` aborts. Yields to the event loop between steps. */
  train(signal: AbortSignal): Promise<TrainingOutcome>;
  /** Everything needed to go on from here. */
  checkpoint(): { step: number; bytes: Uint8Array };
  /** Measures the model on the test part and writes the artefact into an empty folder. */
  writeArtifact(folder: string): Promise<FinishedModel>;
  dispose(): void;
}

/** `finished`: trained to its end. `stopped`: by the signal. `failed`: `reason` says why and what to do. */
export type TrainingOutcome = { state: 'finished' | 'stopped' } | { state: 'failed'; reason: string };

/** What the registry keeps of a version beside its files. */
export interface FinishedModel {
  inputs: { name: string; dtype: string; shape: number[] }[];
  outputs: { name: string; dtype: string; shape: number[] }[];
  metrics: Record<string, number>;
  parameterCount: number;
  seed: bigint;
  /** SHA-256 of weights.safetensors. */
  weightsSha256: string;
  /** Where the weights come from, if not from the seed and the data alone. */
  lineage?: Lineage;
}
