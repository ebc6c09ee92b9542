import { Family, gan, Schedule } from '@quartet/contracts';
import {
  buildGan,
  classifierFeatures,
  featureNetwork,
  GanTrainer,
  Quality,
  trainFeatureNetwork,
  type BatchSource,
  type GanSpec,
  type GanTrainingSettings,
  type Network,
} from '@quartet/core';
import { epochOrder, ImageBatches, type LoadedPart } from '@quartet/data';
import { reportTo, resolveTrainingOptions, trainingRun, Violations, type FamilyTrainer, type ResolvedTrainingOptions, type TrainingJob, type TrainingRun } from '@quartet/service-kit';
import { batchOf, checkVariety, labelledBatches, loaded, rowsOf, spreadRows, wholeBatches } from './data';
import { featuresOf } from './features';
import { finish } from './finish';
import { kindOf } from './kinds';
import { toCoreSpec } from './spec';
import { DEFAULTS, infoOf } from './train';

/** Examples on each side of a comparison; training examples among which nearest ones are looked for; examples that the classifier learns from. */
const COMPARED = 1000;
const SEARCHED = 5000;
const CLASSIFIED = 20_000;
/** Without a validation or test part, so many training examples are only looked at. */
const SPARED = 0.1;
/** Examples kept of each round. */
const PICTURES = 36;

/** Loaded in a training process: trains GANs. */
export const trainer: FamilyTrainer = { name: 'gan', family: Family.FAMILY_GAN, prepare };

async function prepare(job: TrainingJob): Promise<TrainingRun> {
  const request = gan.TrainRequest.fromJSON(job.spec);
  const violations = new Violations();
  const options = resolveTrainingOptions(request.options, violations, 'options', DEFAULTS);
  violations.throwIfAny();
  const given = request.spec ?? gan.GanSpec.create();
  const info = infoOf(job.dataset, given);
  const spec = toCoreSpec(given, info);
  const all = (await loaded(job, 'train', given.samples))!;
  checkVariety(all, job.dataset.name);
  const heldOutPart = (await loaded(job, 'validation', given.samples)) ?? (await loaded(job, 'test', given.samples));
  const { train, heldOut } = heldOutPart ? { train: all, heldOut: heldOutPart } : spare(all, options.seed);
  const model = buildGan(spec, options.seed);
  const labelled = spec.mode === 'semiSupervised' ? labelledBatches(train, spec.classes, given.labelledExamples, options.batchSize, options.seed) : undefined;
  const classifier = kindOf(spec.exampleShape) === 'image' && info.classes > 1 ? await trainedClassifier(train, info.classes, options.seed) : undefined;
  const extractor = classifier ? classifierFeatures(classifier) : featuresOf(spec, info.sampleRate);
  const [seen, unseen] = [batchOf(spreadRows(train, COMPARED)), batchOf(spreadRows(heldOut, COMPARED))];
  const classes = info.classes > 0 ? { count: info.classes, labels: unseen.inputs.y!.data as Int32Array } : undefined;
  const quality = new Quality(extractor, { heldOut: unseen.inputs.x!, seen: seen.inputs.x!, searched: batchOf(spreadRows(train, SEARCHED)).inputs.x!, classes });
  const training = await wholeBatches(train, options.batchSize, options.seed);
  const core = new GanTrainer({
    gan: model,
    training,
    labelled,
    seen,
    heldOut: unseen,
    quality: { count: COMPARED, measure: (generated, asked) => quality.measure(generated, asked) },
    pictures: PICTURES,
    ...settingsOf(request, spec, options, training),
    checkpointEverySteps: options.checkpointEverySteps,
    progressEveryMs: 0,
    onEvent: reportTo((event) => job.report(event)),
  });
  return trainingRun({
    core,
    write: (folder, history) => finish({ model, classifier, core, floor: quality.floor, dataset: job.dataset, options, history, folder }),
    dispose() {
      training.dispose();
      extractor.dispose();
      classifier?.dispose();
      model.dispose();
    },
  });
}

/** Sets some training examples aside, drawn by the seed. */
function spare(part: LoadedPart, seed: bigint): { train: LoadedPart; heldOut: LoadedPart } {
  const order = [...epochOrder(Uint32Array.from({ length: part.count }, (_, row) => row), seed, 0)];
  const spared = Math.max(1, Math.floor(part.count * SPARED));
  return { train: rowsOf(part, order.slice(spared)), heldOut: rowsOf(part, order.slice(0, spared)) };
}

/** What examples are compared by: trained anew at each start, always to the same weights. */
async function trainedClassifier(part: LoadedPart, classes: number, seed: bigint): Promise<Network> {
  const network = featureNetwork(part.exampleShape, classes, seed);
  const some = spreadRows(part, CLASSIFIED);
  const batches: BatchSource = new ImageBatches(some, { batchSize: Math.min(100, some.count), seed });
  await trainFeatureNetwork(network, batches, { epochs: Math.max(2, Math.min(20, Math.ceil(400 / batches.stepsPerEpoch))), seed });
  return network;
}

const SCHEDULES: Partial<Record<Schedule, GanTrainingSettings['schedule']>> = {
  [Schedule.SCHEDULE_CONSTANT]: 'constant',
  [Schedule.SCHEDULE_WARMUP_COSINE]: 'warmupCosine',
  [Schedule.SCHEDULE_STEP]: 'step',
};

function settingsOf(request: gan.TrainRequest, spec: GanSpec, options: ResolvedTrainingOptions, training: BatchSource): GanTrainingSettings {
  const given = request.spec ?? gan.GanSpec.create();
  const { balance } = given;
  // Not the resolved options', whose default isn't this family's.
  const rate = request.options?.learningRate;
  return {
    epochs: options.epochs,
    seed: options.seed,
    discriminatorLearningRate: given.discriminatorLearningRate ?? rate,
    generatorLearningRate: given.generatorLearningRate ?? rate,
    schedule: SCHEDULES[options.schedule],
    emaDecay: given.emaDecay,
    r1: given.r1,
    r1Final: given.r1Final,
    pseudoLabels: given.pseudoLabels,
    gradientPenalty: spec.loss === 'wasserstein' ? given.gradientPenalty : undefined,
    discriminatorUpdates: given.discriminatorUpdates || undefined,
    generatorUpdates: given.generatorUpdates || undefined,
    clip: options.clipGlobalNorm > 0 ? { globalNorm: options.clipGlobalNorm } : undefined,
    roundSteps: given.roundSteps || Math.max(200, Math.min(training.stepsPerEpoch, 1000)),
    balance: balance && { ...definedOf(balance) },
  };
}

function definedOf<T extends object>(of: T): Partial<T> {
  return Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined)) as Partial<T>;
}
