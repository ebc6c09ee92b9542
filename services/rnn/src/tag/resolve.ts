import { Part, rnn, Schedule, type Dataset, type TrainingOptions } from '@quartet/contracts';
import { checkEarlyStopping, hasPart, resolveTrainingOptions, Violations } from '@quartet/service-kit';
import { resolveNetwork } from '../network/resolve';
import { resolveText } from '../text/resolve';
import { unusable } from '../training/refuse';

/** What a tagger trains with unless the request says otherwise. */
export const TRAINING: Partial<TrainingOptions> = { epochs: 8, batchSize: 32, learningRate: 0.003, schedule: Schedule.SCHEDULE_WARMUP_COSINE, clipGlobalNorm: 1 };
const NETWORK = { units: 64, bidirectional: true, dropout: 0.25, inputNoise: 0 };
const { TOKENIZER_KIND_SPACE } = rnn.TokenizerKind;
const TEXT = { kind: TOKENIZER_KIND_SPACE, maxVocabulary: 20_000, lowercase: true, maxTokens: 128, embedding: 64, wordDropout: 0.05, embeddingDropout: 0.25 };
/** Steps of a sentence: a network is unrolled over them. */
const MAX_STEPS = 512;

/** The request with every default filled in. @throws QuartetError INVALID_FIELD with all that is wrong; UNUSABLE_DATASET */
export function resolveTagger(request: rnn.TrainTaggerRequest, { schema, parts, name }: Dataset): rnn.TrainTaggerRequest {
  if (schema?.kind !== 'tagged') throw unusable(name, `holds a ${schema?.kind || 'data set without schema'}; a tagger trains on tagged sentences: import CoNLL files as DATASET_FORMAT_TAGGED`);
  if (!hasPart(parts, Part.PART_TRAIN)) throw unusable(name, 'has no training part');
  const violations = new Violations();
  const network = resolveNetwork(request.network, violations, 'network', NETWORK);
  if (network.inputNoise) violations.add('network.input_noise', `is ${network.inputNoise}; a tagger has word dropout and embedding dropout in place of noise: leave it out`);
  const text = resolveText(request.text, violations, 'text', TEXT);
  if (text.tokenizer!.kind !== TOKENIZER_KIND_SPACE) violations.add('text.tokenizer.kind', 'is set, but the tokens of tagged sentences are given; leave it out, or set TOKENIZER_KIND_SPACE');
  if (text.maxTokens > MAX_STEPS) violations.add('text.max_tokens', `is ${text.maxTokens}; a tagger takes at most ${MAX_STEPS}`);
  const options = resolveTrainingOptions(request.options, violations, 'options', TRAINING);
  checkEarlyStopping(options, { name, parts }, violations);
  violations.throwIfAny();
  return { ...request, network, text, options };
}
