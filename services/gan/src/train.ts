import { gan, Optimizer, Part, QuartetError, Schedule, type Dataset, type Job, type TrainingOptions } from '@quartet/contracts';
import { checkRequiredNames, resolveTrainingOptions, Violations, type CallScope, type FamilyRuntime, type ResolvedTrainingOptions } from '@quartet/service-kit';
import { resolveSpec, type ExampleInfo } from './spec';

/** What a GAN trains better with than the shared defaults. */
export const DEFAULTS: Partial<TrainingOptions> = { epochs: 30, batchSize: 64 };
/** Fewer examples, or fewer different ones, can only be copied. */
const LEAST_EXAMPLES = 16;
const DEFAULT_SAMPLES = 4096;
const KINDS = ['image', 'video', 'recording', 'table'];

/**
 * Checks a Train request against its data, fills its defaults in, and queues the job.
 * @throws QuartetError INVALID_FIELD with a violation for each bad field; DATASET_NOT_FOUND; UNUSABLE_DATASET
 */
export async function train(runtime: FamilyRuntime, request: gan.TrainRequest, call: CallScope): Promise<Job> {
  checkRequiredNames(request);
  const dataset = await runtime.dataset(request.dataset, call);
  const resolved = resolve(request, dataset);
  const { model, idempotencyKey } = request;
  return runtime.createJob({ model, dataset: dataset.name, spec: gan.TrainRequest.toJSON(resolved), idempotencyKey }, call);
}

/** The request with every default filled in. */
export function resolve(request: gan.TrainRequest, dataset: Dataset): gan.TrainRequest {
  checkDataset(dataset);
  const violations = new Violations();
  const schedule = request.spec?.mode === gan.Mode.MODE_SEMI_SUPERVISED ? Schedule.SCHEDULE_WARMUP_COSINE : undefined;
  const options = resolveTrainingOptions(request.options, violations, 'options', { ...DEFAULTS, schedule });
  checkOptions(request.options, options, violations);
  const info = infoOf(dataset, request.spec);
  const spec = resolveSpec(request.spec, info, violations);
  if (options.batchSize > info.count) violations.add('options.batch_size', `is ${options.batchSize}, and the training part has ${info.count} examples; take at most so many`);
  violations.throwIfAny();
  return { ...request, spec, options: { ...options, learningRate: request.options?.learningRate } };
}

/** Shared options that mean nothing to two players are refused rather than ignored. */
function checkOptions(given: TrainingOptions | undefined, { batchSize, earlyStoppingPatience }: ResolvedTrainingOptions, violations: Violations): void {
  if (batchSize < 2) violations.add('options.batch_size', `is ${batchSize}; it takes a whole number from 2 to 65536`);
  if (!given) return;
  if (given.optimizer && given.optimizer !== Optimizer.OPTIMIZER_ADAM) violations.add('options.optimizer', `is ${Optimizer[given.optimizer]}; GANs train with OPTIMIZER_ADAM`);
  if (given.weightDecay > 0) violations.add('options.weight_decay', `is ${given.weightDecay}; it has no use in a GAN: set \`spec.r1\` to hold the discriminator back`);
  if (given.augmentation) violations.add('options.augmentation', 'would be learnt by the generator; set `spec.augmentation`, which only the discriminator sees');
  if (earlyStoppingPatience > 0) violations.add('options.early_stopping_patience', `is ${earlyStoppingPatience}; set \`spec.balance.patience\`, which counts rounds without a better distance`);
}

/** What a GAN needs to know of its data. @param spec Says how long examples of recordings are. */
export function infoOf({ schema, parts }: Dataset, spec: Pick<gan.GanSpec, 'samples'> | undefined): ExampleInfo {
  const train = parts.find(({ part }) => part === Part.PART_TRAIN);
  const table = schema?.kind === 'table';
  return {
    shape: schema?.kind === 'recording' ? [spec?.samples || DEFAULT_SAMPLES, 1] : (schema?.exampleShape ?? []).map(Number),
    sampleRate: schema?.kind === 'recording' ? schema.sampleRate : undefined,
    classes: schema?.classNames.length ?? 0,
    count: Number(train?.count ?? 0n),
    columns: table ? { mean: schema.mean, standardDeviation: schema.standardDeviation } : undefined,
  };
}

/** @throws QuartetError UNUSABLE_DATASET unless there is something to learn from. */
function checkDataset({ name, schema, parts }: Dataset): void {
  const refuse = (description: string) => {
    const field = 'dataset';
    return new QuartetError('UNUSABLE_DATASET', `${field}: '${name}' ${description}`, { violations: [{ field, description }], metadata: { dataset: name } });
  };
  if (!schema || !KINDS.includes(schema.kind)) throw refuse(`holds a ${schema?.kind || 'data set without schema'}; the GAN family trains on images, videos, recordings and tables`);
  const count = parts.find(({ part }) => part === Part.PART_TRAIN)?.count ?? 0n;
  if (count < LEAST_EXAMPLES) throw refuse(`has ${count} training examples, expected at least ${LEAST_EXAMPLES}: fewer can only be copied; import more`);
  const empty = (schema.classNames ?? []).filter((_, at) => (parts.find(({ part }) => part === Part.PART_TRAIN)?.classCounts[at] ?? 1n) === 0n);
  if (empty.length > 0) throw refuse(`has no training example of class ${empty.map((each) => `'${each}'`).join(', ')}; add some, or leave the class out`);
}
