import { Part, rnn, Schedule, type Dataset, type TrainingOptions } from '@quartet/contracts';
import { checkEarlyStopping, hasPart, resolveTrainingOptions, Violations } from '@quartet/service-kit';
import { resolveNetwork } from '../network/resolve';
import { resolveTokenizer } from '../text/resolve';
import { unusable } from '../training/refuse';

/** What a language model trains with unless the request says otherwise. */
export const TRAINING: Partial<TrainingOptions> = { epochs: 10, batchSize: 32, learningRate: 0.003, schedule: Schedule.SCHEDULE_WARMUP_COSINE, clipGlobalNorm: 1 };
const NETWORK = { cell: rnn.Cell.CELL_LSTM, units: 256, bidirectional: false, dropout: 0.2, inputNoise: 0 };
const VOCABULARY: Partial<Record<rnn.TokenizerKind, number>> = { [rnn.TokenizerKind.TOKENIZER_KIND_CHARACTER]: 1000, [rnn.TokenizerKind.TOKENIZER_KIND_BPE]: 2000 };
const WORDS = 20_000;
const EMBEDDING = 64;
const WINDOW = 64;

/** The request with every default filled in. @throws QuartetError INVALID_FIELD with all that is wrong; UNUSABLE_DATASET */
export function resolveLanguageModel(request: rnn.TrainLanguageModelRequest, dataset: Dataset): rnn.TrainLanguageModelRequest {
  const { schema, parts, name } = dataset;
  if (schema?.kind !== 'text') throw unusable(name, `holds a ${schema?.kind || 'data set without schema'}; a language model trains on texts: import a .txt or .csv as DATASET_FORMAT_TEXT_CSV`);
  if (!hasPart(parts, Part.PART_TRAIN)) throw unusable(name, 'has no training part');
  const violations = new Violations();
  const network = resolveNetwork(request.network, violations, 'network', NETWORK);
  if (network.bidirectional) violations.add('network.bidirectional', 'is true, but a language model foretells what comes from what came before; leave it unset');
  if (network.inputNoise) violations.add('network.input_noise', `is ${network.inputNoise}, but tokens are no numbers; use dropout`);
  if (network.truncate) violations.add('network.truncate', `is ${network.truncate}; of a language model, set \`window\``);
  const text = resolveText(request.text, violations);
  const window = request.window || WINDOW;
  violations.integer('window', window, 2, 1024);
  const options = resolveTrainingOptions(request.options, violations, 'options', TRAINING);
  checkEarlyStopping(options, dataset, violations);
  violations.throwIfAny();
  return { ...request, network, text, window, options };
}

function resolveText(given: rnn.TextSpec | undefined, violations: Violations): rnn.TextSpec {
  const kind = given?.tokenizer?.kind || rnn.TokenizerKind.TOKENIZER_KIND_CHARACTER;
  const tokenizer = resolveTokenizer(given?.tokenizer, violations, 'text.tokenizer', { kind, maxVocabulary: VOCABULARY[kind] ?? WORDS, lowercase: false });
  const embedding = given?.embedding || EMBEDDING;
  violations.integer('text.embedding', embedding, 1, 1024);
  if (given?.maxTokens) violations.add('text.max_tokens', `is ${given.maxTokens}, but a language model learns from whole texts; leave it unset`);
  for (const [field, value] of [['word_dropout', given?.wordDropout], ['embedding_dropout', given?.embeddingDropout]] as const) {
    if (value) violations.add(`text.${field}`, `is ${value}; of a language model, set network.dropout`);
  }
  return { tokenizer, maxTokens: 0, embedding, wordDropout: undefined, embeddingDropout: undefined };
}
