import { rnn } from '@quartet/contracts';
import { Part, Schedule, type Dataset, type TrainingOptions } from '@quartet/contracts';
import { checkEarlyStopping, hasPart, resolveTrainingOptions, Violations } from '@quartet/service-kit';
import { resolveNetwork, type NetworkDefaults } from '../network/resolve';
import { resolveText } from '../text/resolve';
import { unusable } from '../training/refuse';

interface Defaults {
  training: Partial<TrainingOptions>;
  network: NetworkDefaults;
}

const COMMON = { schedule: Schedule.SCHEDULE_WARMUP_COSINE, clipGlobalNorm: 1 };

/** What a classifier trains with unless the request says otherwise, by the kind of its data. */
const DEFAULTS: Readonly<Record<string, Defaults>> = {
  sequence: { training: { epochs: 60, batchSize: 16, learningRate: 0.003, ...COMMON }, network: { units: 64, bidirectional: true, dropout: 0.5, inputNoise: 0.5 } },
  text: { training: { epochs: 12, batchSize: 32, learningRate: 0.002, ...COMMON }, network: { units: 64, bidirectional: true, dropout: 0.5, inputNoise: 0 } },
  recording: { training: { epochs: 15, batchSize: 32, learningRate: 0.003, ...COMMON }, network: { units: 64, bidirectional: true, dropout: 0.5, inputNoise: 0.5 } },
};
const TEXT = { kind: rnn.TokenizerKind.TOKENIZER_KIND_WORD, maxVocabulary: 20_000, lowercase: true, maxTokens: 256, embedding: 64, wordDropout: 0.1, embeddingDropout: 0.5 };

/** Steps of a sequence: a network is unrolled over them. */
const MAX_STEPS = 1024;

export const trainingDefaults = (kind: string): Partial<TrainingOptions> => DEFAULTS[kind]!.training;

/** The request with every default filled in. @throws QuartetError INVALID_FIELD with all that is wrong; UNUSABLE_DATASET */
export function resolveClassifier(request: rnn.TrainClassifierRequest, dataset: Dataset): rnn.TrainClassifierRequest {
  const { schema, parts, name } = dataset;
  const defaults = Object.hasOwn(DEFAULTS, schema?.kind ?? '') ? DEFAULTS[schema!.kind] : undefined;
  if (!schema || !defaults) throw unusable(name, `holds a ${schema?.kind || 'data set without schema'}; a classifier trains on sequences, .ts files as DATASET_FORMAT_TS, on texts, a table of texts and classes as DATASET_FORMAT_TEXT_CSV, or on recordings: a folder a class as DATASET_FORMAT_RECORDINGS`);
  if (schema.classNames.length < 2) throw unusable(name, `has ${schema.classNames.length || 'no'} class${schema.classNames.length === 1 ? '' : 'es'}; at least 2 are needed to tell apart`);
  if (!hasPart(parts, Part.PART_TRAIN)) throw unusable(name, 'has no training part');
  const [steps = 0n] = schema.exampleShape;
  if (schema.kind === 'sequence' && steps > MAX_STEPS) throw unusable(name, `has sequences of up to ${steps} steps; this network takes at most ${MAX_STEPS}. Shorten them, or take every n-th step`);
  const violations = new Violations();
  const network = resolveNetwork(request.network, violations, 'network', defaults.network);
  const text = schema.kind === 'text' ? resolveText(request.text, violations, 'text', TEXT) : undefined;
  if (!text && request.text) violations.add('text', `is set, but data set '${name}' holds no texts; leave it out`);
  if (text && text.maxTokens > MAX_STEPS) violations.add('text.max_tokens', `is ${text.maxTokens}; a classifier takes at most ${MAX_STEPS}`);
  if (text && network.inputNoise) violations.add('network.input_noise', `is ${network.inputNoise}; texts have word dropout and embedding dropout in place of noise: leave it out`);
  if (request.ordinal && schema.classNames.length < 3) violations.add('ordinal', `is set, but data set '${name}' has 2 classes, which have no order to learn from; leave it out`);
  const ensemble = request.ensemble || 3;
  violations.integer('ensemble', ensemble, 1, 16);
  const options = resolveTrainingOptions(request.options, violations, 'options', defaults.training);
  checkEarlyStopping(options, dataset, violations);
  violations.throwIfAny();
  return { ...request, network, text, ensemble, options };
}
