/** What turns an architecture family into a service: see ArchitectureFamily. */
export type {
  ArchitectureFamily,
  CallScope,
  FamilyRuntime,
  FamilyTrainer,
  FinishedModel,
  HealthSignals,
  HostedModel,
  ModelHost,
  NewImport,
  NewJob,
  TrainerEvent,
  TrainingJob,
  TrainingOutcome,
  TrainingRun,
} from './architecture-family';
export type { Tensors } from './engine/protocol';
export { runFamilyService, startFamilyService } from './run-family-service';
export { checkEarlyStopping, hasPart } from './dataset-parts';
export { resolveTrainingOptions, type ResolvedTrainingOptions } from './training-options';
export { Violations } from './violations';
export { readImage, readImages, readPixels, type ImageInput } from './inputs/images';
export { toProtoTensor } from './inputs/to-proto';
export { reportTo, trainerSettings } from './trainer-settings';
export { checkRequiredNames } from './required-names';
export { PRIORITY_KEY } from './serving/priority';
export { patient, type Patience } from './streams/patient';
export { Places } from './streams/places';
export { finishedModel } from './finished-model';
export { trainingRun, type RunParts } from './training-run';
export { answersOf, signalsOf, type ReadSignals, type Signal } from './traffic/signals';
