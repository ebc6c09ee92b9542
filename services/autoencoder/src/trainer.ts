import { autoencoder, Family } from '@quartet/contracts';
import { autoencoderObjective, AutoencoderRunner, buildAutoencoder, PrefetchedBatches, Trainer, watchAutoencoder, type WatchReport } from '@quartet/core';
import { evaluationBatches, imageBatchesInWorker, loadPart, type LoadedPart } from '@quartet/data';
import { reportTo, resolveTrainingOptions, trainerSettings, trainingRun, Violations, type FamilyTrainer, type TrainingJob, type TrainingRun } from '@quartet/service-kit';
import { finish } from './finish';
import { firstImages } from './part-images';
import { toCoreSpec } from './spec';
import { DEFAULTS, shapeOf } from './train';

/** Images in one step of an evaluation: no gradients, so more fit than in training. */
const EVALUATION_BATCH = 256;
/** Numbers of the images that PCA is fitted to, 64 MiB, and images that the watch for copying looks at. */
const WATCHED_TRAINING = 2 ** 24;
const WATCHED_UNSEEN = 1000;

/** Loaded in a training process: trains autoencoders. */
export const trainer: FamilyTrainer = { name: 'autoencoder', family: Family.FAMILY_AUTOENCODER, prepare };

async function prepare(job: TrainingJob): Promise<TrainingRun> {
  const request = autoencoder.TrainRequest.fromJSON(job.spec);
  const violations = new Violations();
  const options = resolveTrainingOptions(request.options, violations, 'options', DEFAULTS);
  violations.throwIfAny();
  const spec = toCoreSpec(request.spec ?? autoencoder.AutoencoderSpec.create(), shapeOf(job.dataset));
  const parts = { train: (await loaded(job, 'train'))!, validation: await loaded(job, 'validation'), test: await loaded(job, 'test') };
  const model = buildAutoencoder(spec, options.seed);
  const { batchSize, seed, augmentation } = options;
  const training = await PrefetchedBatches.start(imageBatchesInWorker(parts.train, { batchSize, seed, augmentation }));
  let watched: WatchReport | undefined;
  const core = new Trainer({
    objective: autoencoderObjective(model),
    training,
    validation: options.validate && parts.validation ? evaluationBatches(parts.validation, EVALUATION_BATCH) : undefined,
    ...trainerSettings(options),
    onEvent: reportTo((event) => job.report(event)),
  });
  const run = trainingRun({
    core,
    async write(folder, history) {
      const objective = parts.test && (await core.evaluate(evaluationBatches(parts.test, EVALUATION_BATCH)));
      return finish({ model, parts, dataset: job.dataset, options, history, watched: watched!, objective, folder });
    },
    dispose() {
      void training.dispose();
      model.dispose();
    },
  });
  return {
    ...run,
    async train(signal) {
      if (core.step === 0) warnOfSize(job, spec);
      const outcome = await run.train(signal);
      if (outcome.state !== 'finished') return outcome;
      const runner = new AutoencoderRunner(model);
      watched = watchAutoencoder({
        spec,
        training: firstImages(parts.train, Math.ceil(WATCHED_TRAINING / sizeOf(spec))),
        unseen: firstImages(parts.validation ?? parts.test ?? parts.train, Math.min(WATCHED_UNSEEN, Math.ceil(WATCHED_TRAINING / sizeOf(spec)))),
        reconstruct: (images) => runner.run(images),
        seed,
      });
      runner.dispose();
      if (watched.finding) job.report({ type: 'diagnostic', ...watched.finding, applied: false });
      return outcome;
    },
  };
}

async function loaded(job: TrainingJob, name: 'train' | 'validation' | 'test'): Promise<LoadedPart | undefined> {
  const files = job.files[name];
  const part = files && (await loadPart(files.examples, files.labels));
  return part && part.count > 0 ? part : undefined;
}

const sizeOf = ({ inputShape }: { inputShape: readonly number[] }): number => inputShape.reduce((a, b) => a * b, 1);

function warnOfSize(job: TrainingJob, { latentSize, inputShape }: { latentSize: number; inputShape: number[] }): void {
  const size = sizeOf({ inputShape });
  if (latentSize < size) return;
  job.report({
    type: 'diagnostic',
    verdict: 'latent_too_large',
    evidence: `the latent has ${latentSize} numbers, an image ${size}: nothing makes the model learn what images are like rather than copy them`,
    remedy: 'a smaller latent_size, or a corruption, sparsity or dropout',
    applied: false,
  });
}
