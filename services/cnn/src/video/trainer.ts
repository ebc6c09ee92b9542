import { cnn, TrainingOptions } from '@quartet/contracts';
import { buildVideoNetwork, PrefetchedBatches, Trainer, videoFunctions, videoObjective, writeModel, type EpochRecord, type EvaluationSource, type VideoNetwork } from '@quartet/core';
import { imageBatchesInWorker, loadPart } from '@quartet/data';
import { finishedModel, reportTo, resolveTrainingOptions, trainerSettings, trainingRun, Violations, type FinishedModel, type ResolvedTrainingOptions, type TrainingJob, type TrainingRun } from '@quartet/service-kit';
import { evaluationOf } from '../evaluation';
import { measureClasses } from '../measure';
import { toVideoSpec, videoDataOf } from './spec';
import { DEFAULTS } from './train';

/** Clips in one step of an evaluation. */
const EVALUATION_BATCH = 64;

/** Builds a network over clips and its data. */
export async function prepareVideo(job: TrainingJob): Promise<TrainingRun> {
  const request = cnn.TrainVideoRequest.fromJSON(job.spec);
  const violations = new Violations();
  const options = resolveTrainingOptions(request.options, violations, 'options', DEFAULTS);
  violations.throwIfAny();
  const network = buildVideoNetwork(toVideoSpec(request.spec ?? cnn.VideoSpec.create(), videoDataOf(job.dataset.schema!)), options.seed);
  const validation = options.validate ? await evaluationOf(job, 'validation', EVALUATION_BATCH) : undefined;
  const { examples = '', labels = '' } = job.files.train ?? {};
  const training = await PrefetchedBatches.start(imageBatchesInWorker(await loadPart(examples, labels), { batchSize: options.batchSize, seed: options.seed }));
  const core = new Trainer({ objective: videoObjective(network), training, validation, ...trainerSettings(options), onEvent: reportTo((event) => job.report(event)) });
  return trainingRun({
    core,
    async write(folder, history) {
      return finish({ job, network, core, options, history, parts: { validation, test: await evaluationOf(job, 'test', EVALUATION_BATCH) }, folder });
    },
    dispose() {
      void training.dispose();
      network.dispose();
    },
  });
}

interface Finished {
  job: TrainingJob;
  network: VideoNetwork;
  core: Trainer;
  options: ResolvedTrainingOptions;
  history: readonly EpochRecord[];
  parts: Record<'validation' | 'test', EvaluationSource | undefined>;
  folder: string;
}

/** Measures a trained network and writes its artefact. */
async function finish({ job: { dataset }, network, core, options, history, parts, folder }: Finished): Promise<FinishedModel> {
  const metrics: Record<string, number> = {};
  const extra: Record<string, unknown> = { dataset: dataset.name, history, options: TrainingOptions.toJSON(options) };
  for (const [part, source] of Object.entries(parts)) {
    if (!source) continue;
    const measured = await measureClasses(core, source, network.spec.classes);
    for (const [name, value] of Object.entries(measured.metrics)) metrics[`${part}/${name}`] = value;
    // The test part comes last: its matrix is the one that stays, unless there is none.
    Object.assign(extra, measured.extra, { confusionMatrixPart: part });
  }
  const { spec, parameterCount } = network;
  const classNames = dataset.schema?.classNames ?? [];
  return finishedModel(await writeModel(folder, { family: 'cnn', spec, model: videoFunctions(network), parameterCount, classNames, metrics, dataDigest: dataset.digest, seed: options.seed, extra }));
}
