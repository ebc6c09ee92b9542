import { autoencoder, Family, QuartetError } from '@quartet/contracts';
import { autoencoderObjective, AutoencoderRunner, buildAutoencoder, PrefetchedBatches, sizeOf, Trainer, watchAutoencoder, type WatchReport } from '@quartet/core';
import { evaluationBatches, imageBatchesInWorker } from '@quartet/data';
import { reportTo, resolveTrainingOptions, trainerSettings, trainingRun, Violations, type FamilyTrainer, type TrainingJob, type TrainingRun } from '@quartet/service-kit';
import { finish } from './finish';
import { exampleBatches } from './data/batches';
import { examplesOf, loadParts } from './data/parts';
import { shapeOf } from './data/shape';
import { toCoreSpec } from './spec';
import { DEFAULTS } from './train';
import { warnings } from './warnings';

/** Examples in one step of an evaluation: no gradients, so more fit than in training. */
const EVALUATION_BATCH = 256;
/** Numbers of the examples that PCA is fitted to, 64 MiB, and examples that the watch for copying looks at. */
const WATCHED_TRAINING = 2 ** 24;
const WATCHED_UNSEEN = 1000;

/** Loaded in a training process: trains autoencoders. */
export const trainer: FamilyTrainer = { name: 'autoencoder', family: Family.FAMILY_AUTOENCODER, prepare };

async function prepare(job: TrainingJob): Promise<TrainingRun> {
  const request = autoencoder.TrainRequest.fromJSON(job.spec);
  const violations = new Violations();
  const options = resolveTrainingOptions(request.options, violations, 'options', DEFAULTS);
  violations.throwIfAny();
  const data = shapeOf(job.dataset);
  if (!data) throw new QuartetError('INTERNAL', `data set '${job.dataset.name}' changed its kind`);
  const spec = toCoreSpec(request.spec ?? autoencoder.AutoencoderSpec.create(), data, job.dataset);
  const parts = await loadParts(job, spec);
  const model = buildAutoencoder(spec, options.seed);
  const { batchSize, seed, augmentation } = options;
  const prefetched = data.kind === 'image' ? await PrefetchedBatches.start(imageBatchesInWorker(parts.train, { batchSize, seed, augmentation })) : undefined;
  const training = prefetched ?? exampleBatches(parts.train, batchSize, seed);
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
      void prefetched?.dispose();
      model.dispose();
    },
  });
  return {
    ...run,
    async train(signal) {
      if (core.step === 0) for (const warning of warnings(spec, job.dataset.schema?.columns ?? [], parts.train)) job.report({ type: 'diagnostic', ...warning, applied: false });
      const outcome = await run.train(signal);
      if (outcome.state !== 'finished') return outcome;
      const runner = new AutoencoderRunner(model);
      watched = watchAutoencoder({
        spec,
        training: examplesOf(parts.train, Math.ceil(WATCHED_TRAINING / sizeOf(spec))),
        unseen: examplesOf(parts.validation ?? parts.test ?? parts.train, Math.min(WATCHED_UNSEEN, Math.ceil(WATCHED_TRAINING / sizeOf(spec)))),
        reconstruct: (examples) => runner.run(examples),
        seed,
        columns: job.dataset.schema?.columns,
      });
      runner.dispose();
      if (watched.finding) job.report({ type: 'diagnostic', ...watched.finding, applied: false });
      return outcome;
    },
  };
}
