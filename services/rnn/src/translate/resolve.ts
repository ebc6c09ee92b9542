import { isDeepStrictEqual } from 'node:util';
import { Part, rnn, Schedule, type Dataset, type TrainingOptions } from '@quartet/contracts';
import { checkEarlyStopping, hasPart, resolveTrainingOptions, Violations } from '@quartet/service-kit';
import { refuseRemedies, resolveNetwork } from '../network/resolve';
import { resolveText, type TextDefaults } from '../text/resolve';
import { unusable } from '../training/refuse';

/** What a translator trains with unless the request says otherwise. */
export const TRAINING: Partial<TrainingOptions> = { epochs: 20, batchSize: 64, learningRate: 0.003, schedule: Schedule.SCHEDULE_WARMUP_COSINE, clipGlobalNorm: 2 };
const NETWORK = { units: 192, bidirectional: true, dropout: 0.25, inputNoise: 0 };
const TEXT: TextDefaults = { kind: rnn.TokenizerKind.TOKENIZER_KIND_BPE, maxVocabulary: 4000, lowercase: false, maxTokens: 100, embedding: 128 };
/** Tokens of a text: the network is unrolled over them. */
export const MAX_TOKENS = 400;
/** Translations beside a source: each makes it twice as long and more. */
const MAX_MEMORY = 3;

/** The request with every default filled in. @throws QuartetError INVALID_FIELD with all that is wrong; UNUSABLE_DATASET */
export function resolveTranslator(request: rnn.TrainTranslatorRequest, dataset: Dataset): rnn.TrainTranslatorRequest {
  const { schema, parts, name } = dataset;
  if (schema?.kind !== 'pairs') throw unusable(name, `holds a ${schema?.kind || 'data set without schema'}; a translator trains on pairs of texts: import a .csv or .tsv with columns source and target as DATASET_FORMAT_PAIRS`);
  if (!hasPart(parts, Part.PART_TRAIN)) throw unusable(name, 'has no training part');
  const violations = new Violations();
  const network = resolveNetwork({ ...rnn.RecurrentSpec.create(request.network), cell: request.network?.cell || rnn.Cell.CELL_LSTM }, violations, 'network', NETWORK);
  refuseRemedies(network, violations, 'network', 'an encoder-decoder with attention');
  if (network.inputNoise) violations.add('network.input_noise', `is ${network.inputNoise}, but tokens aren't numbers that noise could be added to; leave it out, and use dropout`);
  // One size for both: where only one is given, it is meant for the other too.
  const embedding = request.source?.embedding || request.target?.embedding || TEXT.embedding;
  // Who copies has one tokenizer for both.
  const shared = request.copy ? request.source?.tokenizer ?? request.target?.tokenizer : undefined;
  const [source, target] = (['source', 'target'] as const).map((side) => {
    const text = resolveText(rnn.TextSpec.create({ ...request[side], tokenizer: request[side]?.tokenizer ?? shared }), violations, side, { ...TEXT, embedding });
    if (text.maxTokens > MAX_TOKENS) violations.add(`${side}.max_tokens`, `is ${text.maxTokens}; a translator takes at most ${MAX_TOKENS} tokens. Translate sentence by sentence`);
    return text;
  });
  if (source!.embedding !== target!.embedding) violations.add('target.embedding', `is ${target!.embedding}, that of the source ${source!.embedding}; make them equal`);
  if (request.copy && !isDeepStrictEqual(source!.tokenizer, target!.tokenizer)) violations.add('target.tokenizer', "differs from the source's; a translator that copies has one tokenizer, learned from both. Give it once, or make them equal");
  violations.integer('memory', request.memory, 0, MAX_MEMORY);
  if (request.memory && !request.copy) violations.add('memory', `is ${request.memory}, but only a translator that copies can use what is remembered; set copy`);
  if (rnn.Attention[request.attention] === undefined || request.attention === rnn.Attention.UNRECOGNIZED) violations.add('attention', `received ${request.attention}, expected ATTENTION_LUONG or ATTENTION_BAHDANAU`);
  const scheduledSampling = request.scheduledSampling && { share: request.scheduledSampling.share, reachedAt: request.scheduledSampling.reachedAt || 1 };
  if (scheduledSampling) {
    violations.number('scheduled_sampling.share', scheduledSampling.share, 0, 1);
    violations.number('scheduled_sampling.reached_at', scheduledSampling.reachedAt, 0, 1);
  }
  const options = resolveTrainingOptions(request.options, violations, 'options', TRAINING);
  checkEarlyStopping(options, dataset, violations);
  violations.throwIfAny();
  const attention = request.attention || rnn.Attention.ATTENTION_LUONG;
  return { ...request, network, source, target, attention, scheduledSampling, options };
}
