import { cnn, Family, Optimizer, Schedule } from '@quartet/contracts';
import { buildNetwork, classificationObjective, PrefetchedBatches, Trainer, type EpochRecord, type EvaluationSource, type OptimizerKind, type ScheduleKind, type TrainerOptions, type TrainingEvent } from '@quartet/core';
import { evaluationBatches, imageBatchesInWorker, loadPart } from '@quartet/data';
import { resolveTrainingOptions, Violations, type FamilyTrainer, type ResolvedTrainingOptions, type TrainerEvent, type TrainingJob, type TrainingRun } from '@quartet/service-kit';
import { finish } from './finish';
import { imageDataOf, toNetworkSpec } from './spec';

/** Images in one step of an evaluation: no gradients, so more fit than in training. */
const EVALUATION_BATCH = 256;

const OPTIMIZERS: Partial<Record<Optimizer, OptimizerKind>> = {
  [Optimizer.OPTIMIZER_SGD]: 'sgd',
  [Optimizer.OPTIMIZER_MOMENTUM]: 'momentum',
  [Optimizer.OPTIMIZER_RMSPROP]: 'rmsprop',
  [Optimizer.OPTIMIZER_ADAM]: 'adam',
  [Optimizer.OPTIMIZER_ADAMW]: 'adamw',
};

const SCHEDULES: Partial<Record<Schedule, ScheduleKind>> = {
  [Schedule.SCHEDULE_CONSTANT]: 'constant',
  [Schedule.SCHEDULE_WARMUP_COSINE]: 'warmupCosine',
  [Schedule.SCHEDULE_STEP]: 'step',
};

/** Loaded in a training process: trains CNN models. */
export const trainer: FamilyTrainer = { name: 'cnn', family: Family.FAMILY_CNN, prepare };

async function prepare(job: TrainingJob): Promise<TrainingRun> {
  const request = cnn.TrainRequest.fromJSON(job.spec);
  const violations = new Violations();
  const options = resolveTrainingOptions(request.options, violations);
  violations.throwIfAny();
  const spec = toNetworkSpec(request.spec ?? { layers: [] }, imageDataOf(job.dataset.schema!));
  const network = buildNetwork(spec, options.seed);
  const validation = options.validate ? await evaluationOf(job, 'validation') : undefined;
  const training = await trainingOf(job, options);
  let rate = 0;
  let history: readonly EpochRecord[] = [];
  const core = new Trainer({
    objective: classificationObjective(network),
    training,
    validation,
    ...settingsOf(options),
    progressEveryMs: 0, // Each step: a report costs nothing, and the trace shows steps.
    onEvent: (event) => job.report(toTrainerEvent(event, (rate = smooth(rate, event)))),
  });
  return {
    resumeFrom: (checkpoint) => core.resumeFrom(checkpoint),
    checkpoint: () => ({ step: core.step, bytes: core.saveCheckpoint() }),
    async train(signal) {
      const { outcome, diagnostic, ...result } = await core.train(signal);
      history = result.history;
      if (outcome === 'cancelled') return { state: 'stopped' };
      if (outcome !== 'notFinite') return { state: 'finished' };
      return { state: 'failed', reason: `training diverged: ${diagnostic?.evidence}. ${diagnostic?.remedy}` };
    },
    async writeArtifact(folder) {
      const test = await evaluationOf(job, 'test');
      return finish({ network, trainer: core, dataset: job.dataset, options, history, validation, test, folder });
    },
    dispose() {
      void training.dispose();
      core.dispose();
      network.dispose();
    },
  };
}

async function trainingOf(job: TrainingJob, options: ResolvedTrainingOptions): Promise<PrefetchedBatches> {
  const { examples = '', labels = '' } = job.files.train ?? {};
  const part = await loadPart(examples, labels);
  const { batchSize, seed, augmentation } = options;
  return PrefetchedBatches.start(imageBatchesInWorker(part, { batchSize, seed, augmentation }));
}

async function evaluationOf(job: TrainingJob, name: 'validation' | 'test'): Promise<EvaluationSource | undefined> {
  const files = job.files[name];
  return files && evaluationBatches(await loadPart(files.examples, files.labels), EVALUATION_BATCH);
}

function settingsOf(options: ResolvedTrainingOptions): Omit<TrainerOptions, 'objective' | 'training'> {
  const { epochs, seed, learningRate, weightDecay, clipGlobalNorm, earlyStoppingPatience, checkpointEverySteps } = options;
  return {
    epochs,
    seed,
    learningRate,
    weightDecay,
    checkpointEverySteps,
    optimizer: OPTIMIZERS[options.optimizer],
    schedule: SCHEDULES[options.schedule],
    clip: clipGlobalNorm > 0 ? { globalNorm: clipGlobalNorm } : undefined,
    earlyStopping: earlyStoppingPatience > 0 ? { patience: earlyStoppingPatience } : undefined,
  };
}

/** Speed as a moving average: that of a single step jumps about. */
function smooth(rate: number, event: TrainingEvent): number {
  if (event.type !== 'progress') return rate;
  return rate === 0 ? event.examplesPerSecond : 0.9 * rate + 0.1 * event.examplesPerSecond;
}

function toTrainerEvent(event: TrainingEvent, examplesPerSecond: number): TrainerEvent {
  return event.type === 'progress' ? { ...event, examplesPerSecond } : event;
}
