import { cnn, Family, type Lineage } from '@quartet/contracts';
import { buildNetwork, PrefetchedBatches, Trainer, type Network } from '@quartet/core';
import { imageBatchesInWorker, loadPart } from '@quartet/data';
import { reportTo, resolveTrainingOptions, trainerSettings, trainingRun, Violations, type FamilyTrainer, type ResolvedTrainingOptions, type TrainingJob, type TrainingRun } from '@quartet/service-kit';
import { resolveCalibration } from './calibrate';
import { evaluationOf } from './evaluation';
import { finish } from './finish';
import { averagingOf, objectiveOf, resolveRegularization } from './regularization';
import { imageDataOf, toNetworkSpec } from './spec';
import { prepareVideo } from './video/trainer';
import { startFrom } from './transfer/start';

/** Images in one step of an evaluation: no gradients, so more fit than in training. */
const EVALUATION_BATCH = 256;

/** Loaded in a training process: trains CNN models. */
export const trainer: FamilyTrainer = { name: 'cnn', family: Family.FAMILY_CNN, prepare };

async function prepare(job: TrainingJob): Promise<TrainingRun> {
  if (job.dataset.schema?.kind === 'video') return prepareVideo(job);
  const request = cnn.TrainRequest.fromJSON(job.spec);
  const violations = new Violations();
  const options = resolveTrainingOptions(request.options, violations);
  const regularization = resolveRegularization(request.regularization, job.dataset, violations);
  const calibration = resolveCalibration(request.calibration, job.dataset, violations);
  violations.throwIfAny();
  const { network, lineage } = await networkFor(job, request, options.seed);
  const validation = options.validate ? await evaluationOf(job, 'validation', EVALUATION_BATCH) : undefined;
  const training = await trainingOf(job, options);
  const core = new Trainer({
    objective: objectiveOf(network, regularization, job.dataset),
    training,
    validation,
    ...trainerSettings(options),
    ...averagingOf(regularization),
    onEvent: reportTo((event) => job.report(event)),
  });
  return trainingRun({
    core,
    async write(folder, history) {
      const test = await evaluationOf(job, 'test', EVALUATION_BATCH);
      return finish({ network, trainer: core, dataset: job.dataset, options, calibration, history, validation, test, folder, lineage });
    },
    dispose() {
      void training.dispose();
      network.dispose();
    },
  });
}

/** The network as the training starts with it: fresh, or with the weights of another version, by whose normalization it then goes. */
async function networkFor(job: TrainingJob, request: cnn.TrainRequest, seed: bigint): Promise<{ network: Network; lineage?: Lineage }> {
  const spec = toNetworkSpec(request.spec ?? cnn.CnnSpec.create(), imageDataOf(job.dataset.schema!));
  if (!request.startFrom) return { network: buildNetwork(spec, seed) };
  return startFrom(job, request, spec, seed);
}

async function trainingOf(job: TrainingJob, options: ResolvedTrainingOptions): Promise<PrefetchedBatches> {
  const { examples = '', labels = '' } = job.files.train ?? {};
  const part = await loadPart(examples, labels);
  const { batchSize, seed, augmentation } = options;
  return PrefetchedBatches.start(imageBatchesInWorker(part, { batchSize, seed, augmentation }));
}
