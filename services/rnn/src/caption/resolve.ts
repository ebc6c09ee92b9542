import { Family, Part, QuartetError, rnn, Schedule, type Dataset, type TrainingOptions, type Version } from '@quartet/contracts';
import { checkEarlyStopping, hasPart, resolveTrainingOptions, Violations } from '@quartet/service-kit';
import { refuseRemedies, resolveNetwork } from '../network/resolve';
import { resolveText, type TextDefaults } from '../text/resolve';
import { unusable } from '../training/refuse';

/** What a captioner trains with unless the request says otherwise. */
export const TRAINING: Partial<TrainingOptions> = { epochs: 30, batchSize: 64, learningRate: 0.003, schedule: Schedule.SCHEDULE_WARMUP_COSINE, clipGlobalNorm: 2 };
const NETWORK = { units: 192, bidirectional: false, dropout: 0.3, inputNoise: 0 };
const TEXT: TextDefaults = { kind: rnn.TokenizerKind.TOKENIZER_KIND_WORD, maxVocabulary: 8000, lowercase: true, maxTokens: 40, embedding: 96 };
/** Tokens of a caption: the network is unrolled over them. */
const MAX_TOKENS = 200;

/** The request with every default filled in. @param images The CNN model's version. @throws QuartetError INVALID_FIELD with all that is wrong; UNUSABLE_DATASET, WRONG_FAMILY */
export function resolveCaptioner(request: rnn.TrainCaptionerRequest, dataset: Dataset, images: Version): rnn.TrainCaptionerRequest {
  const { schema, parts, name } = dataset;
  if (schema?.kind !== 'caption') throw unusable(name, `holds a ${schema?.kind || 'data set without schema'}; a captioner trains on images with captions: import PNG and JPEG files with a captions.csv as DATASET_FORMAT_CAPTIONS`);
  if (!hasPart(parts, Part.PART_TRAIN)) throw unusable(name, 'has no training part');
  if (images.family !== Family.FAMILY_CNN) {
    const message = `image_model: '${images.model}' is of ${Family[images.family]}; a captioner looks at images through a CNN model: train one with CnnService/Train`;
    throw new QuartetError('WRONG_FAMILY', message, { metadata: { model: images.model, family: Family[images.family] ?? '' } });
  }
  const violations = new Violations();
  const network = resolveNetwork({ ...rnn.RecurrentSpec.create(request.network), cell: request.network?.cell || rnn.Cell.CELL_LSTM }, violations, 'network', NETWORK);
  if (network.cell === rnn.Cell.CELL_SIMPLE) violations.add('network.cell', 'received CELL_SIMPLE, expected CELL_LSTM or CELL_GRU, which keep an image in mind');
  if (network.bidirectional) violations.add('network.bidirectional', 'is true, but a caption is written from its start; leave it out');
  refuseRemedies(network, violations, 'network', "a caption's decoder");
  if (network.inputNoise) violations.add('network.input_noise', `is ${network.inputNoise}, but tokens aren't numbers that noise could be added to; leave it out, and use dropout`);
  const text = resolveText(request.text, violations, 'text', TEXT);
  if (text.maxTokens > MAX_TOKENS) violations.add('text.max_tokens', `is ${text.maxTokens}; a captioner writes at most ${MAX_TOKENS} tokens`);
  const options = resolveTrainingOptions(request.options, violations, 'options', TRAINING);
  checkEarlyStopping(options, dataset, violations);
  violations.throwIfAny();
  return { ...request, network, text, options, imageModel: { name: images.model, target: { $case: 'version', value: images.version } } };
}
