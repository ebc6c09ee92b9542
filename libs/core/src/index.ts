export { CoreError, type CoreErrorOptions, type CoreReason, type Violation } from './errors';
export { engineEnvironment, prepareEngine, startEngine, tensorCounts, type EngineInfo, type EngineOptions } from './engine';
export { deriveSeed, normalizeSeed, type Seed } from './random';
export { checkTensor, type TensorExpectation } from './tensor/check';
export { toUnitRange } from './tensor/convert';
export {
  BYTES_PER_ELEMENT,
  elementCount,
  formatShape,
  fromBytes,
  toBytes,
  type DType,
  type HostTensor,
  type TensorData,
} from './tensor/host-tensor';
export { ClassificationMetrics, type ClassificationReport, type ClassScores } from './metrics/classification';
export { buildNetwork } from './network/build';
export { Network } from './network/network';
export type { ForwardContext, Layer, LayerOutput, NamedVariable } from './layers/layer';
export { Parameters, type Initializer } from './layers/parameters';
export type { ExampleBatch, Objective, ObjectiveInputs, ObjectiveResult } from './training/objective';
export { MAX_ACTIVATION, MAX_PARAMETERS, planNetwork, type NetworkPlan, type PlannedLayer } from './network/plan';
export type {
  Activation,
  BatchNormalizationSpec,
  Conv2dSpec,
  DenseSpec,
  DropoutSpec,
  FlattenSpec,
  GlobalAveragePoolSpec,
  LayerSpec,
  NetworkSpec,
  Normalization,
  Padding,
  Pool2dSpec,
} from './network/spec';
export { validateNetworkSpec } from './network/validate';
export { labelledBatch, type BatchSource, type EvaluationSource } from './training/batches';
export { classificationObjective } from './training/classification';
export { checkInput } from './training/check-input';
export { regressionObjective, type RegressionModel } from './training/regression';
export type {
  CheckpointEvent,
  DiagnosticEvent,
  EpochEndEvent,
  EpochRecord,
  Metrics,
  ProgressEvent,
  TrainingEvent,
  TrainingResult,
  Verdict,
} from './training/events';
export type {
  Clipping,
  EarlyStopping,
  NotFinitePolicy,
  OptimizerKind,
  Plateau,
  ScheduleKind,
  TrainerOptions,
  TrainingSettings,
} from './training/options';
export { evaluate, type Classifier } from './training/evaluate';
export { Trainer } from './training/trainer';
export type { ArtifactFile, Manifest, TensorSignature } from './artifact/manifest';
export { verifyArtifact } from './artifact/verify';
export { writeArtifact, type ArtifactDescription } from './artifact/write';
export { InferenceModel, loadArtifact, type InferenceResult } from './artifact/load';
export { readSafetensors, writeSafetensors, type SafetensorsFile } from './safetensors/safetensors';
