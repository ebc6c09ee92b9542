import type { rnn} from '@quartet/contracts';
import { Part, Schedule, type Dataset, type TrainingOptions } from '@quartet/contracts';
import { resolveTrainingOptions, Violations } from '@quartet/service-kit';
import { resolveNetwork } from '../network/resolve';
import { unusable } from '../training/refuse';

/** What a classifier trains with unless the request says otherwise. */
export const TRAINING: Partial<TrainingOptions> = { epochs: 60, batchSize: 16, learningRate: 0.003, schedule: Schedule.SCHEDULE_WARMUP_COSINE, clipGlobalNorm: 1 };
const NETWORK = { units: 64, bidirectional: true, dropout: 0.5, inputNoise: 0.5 };
/** Steps of a sequence: a network is unrolled over them. */
const MAX_STEPS = 1024;

/** The request with every default filled in. @throws QuartetError INVALID_FIELD with all that is wrong; UNUSABLE_DATASET */
export function resolveClassifier(request: rnn.TrainClassifierRequest, dataset: Dataset): rnn.TrainClassifierRequest {
  const { schema, parts, name } = dataset;
  if (schema?.kind !== 'sequence') throw unusable(name, `holds a ${schema?.kind || 'data set without schema'}; a classifier trains on sequences: import .ts files as DATASET_FORMAT_TS`);
  if (schema.classNames.length < 2) throw unusable(name, `has ${schema.classNames.length} class; at least 2 are needed to tell apart`);
  if (!parts.some(({ part, count }) => part === Part.PART_TRAIN && count > 0n)) throw unusable(name, 'has no training part');
  const [steps = 0n] = schema.exampleShape;
  if (steps > MAX_STEPS) throw unusable(name, `has sequences of up to ${steps} steps; this network takes at most ${MAX_STEPS}. Shorten them, or take every n-th step`);
  const violations = new Violations();
  const network = resolveNetwork(request.network, violations, 'network', NETWORK);
  const ensemble = request.ensemble || 3;
  violations.integer('ensemble', ensemble, 1, 16);
  const options = resolveTrainingOptions(request.options, violations, 'options', TRAINING);
  if (options.earlyStoppingPatience > 0 && !parts.some(({ part, count }) => part === Part.PART_VALIDATION && count > 0n)) {
    violations.add('options.early_stopping_patience', `is ${options.earlyStoppingPatience}, but data set '${name}' has no validation part; set it to 0, or import the data with a validation_share`);
  }
  violations.throwIfAny();
  return { ...request, network, ensemble, options };
}
