import { Part, rnn, Schedule, type Dataset, type TrainingOptions } from '@quartet/contracts';
import { checkEarlyStopping, hasPart, resolveTrainingOptions, Violations } from '@quartet/service-kit';
import { resolveAugmentation } from '../audio/augmentation';
import { FrontEnd, frontEndOf } from '../audio/front-end';
import { resolveNetwork } from '../network/resolve';
import { unusable } from '../training/refuse';
import { MAX_STEPS } from './plan';

/** What a transcriber trains with unless the request says otherwise. */
export const TRAINING: Partial<TrainingOptions> = { epochs: 30, batchSize: 32, learningRate: 0.003, schedule: Schedule.SCHEDULE_WARMUP_COSINE, clipGlobalNorm: 5 };
const NETWORK = { units: 64, bidirectional: true, dropout: 0.25, inputNoise: 0 };

/** The request with every default filled in. @throws QuartetError INVALID_FIELD with all that is wrong; UNUSABLE_DATASET */
export function resolveTranscriber(request: rnn.TrainTranscriberRequest, dataset: Dataset): rnn.TrainTranscriberRequest {
  const { schema, parts, name } = dataset;
  if (schema?.kind !== 'recording') throw unusable(name, `holds a ${schema?.kind || 'data set without schema'}; a transcriber trains on recordings: import WAV or FLAC files with a transcripts.csv as DATASET_FORMAT_RECORDINGS`);
  if (!(Number(schema.exampleShape[1] ?? 0) > 0)) throw unusable(name, 'has recordings without texts; a transcriber needs what is said in them: add a transcripts.csv');
  if (!hasPart(parts, Part.PART_TRAIN)) throw unusable(name, 'has no training part');
  const violations = new Violations();
  const network = resolveNetwork({ ...rnn.RecurrentSpec.create(request.network), cell: request.network?.cell || rnn.Cell.CELL_LSTM }, violations, 'network', NETWORK);
  const augmentation = resolveAugmentation(request.augmentation, violations, 'augmentation');
  if (rnn.TranscriptUnit[request.unit] === undefined || request.unit === rnn.TranscriptUnit.UNRECOGNIZED) violations.add('unit', `received ${request.unit}, expected TRANSCRIPT_UNIT_WORD or TRANSCRIPT_UNIT_CHARACTER`);
  const options = resolveTrainingOptions(request.options, violations, 'options', TRAINING);
  checkEarlyStopping(options, dataset, violations);
  violations.throwIfAny();
  checkLength(dataset, augmentation.speed);
  return { ...request, network, augmentation, options };
}

/** A network is unrolled over the longest recording. */
function checkLength({ name, schema }: Dataset, speed: number): void {
  const frontEnd = new FrontEnd(frontEndOf(schema!.sampleRate, 'recording'));
  const samples = Number(schema!.exampleShape[0]) / 2;
  if (frontEnd.steps(Math.ceil(samples / (1 - speed))) <= MAX_STEPS) return;
  const seconds = (count: number): string => (count / schema!.sampleRate).toFixed(1);
  const most = frontEnd.samples(MAX_STEPS);
  throw unusable(name, `has recordings of up to ${seconds(samples)} s; this network takes at most ${seconds(most * (1 - speed))} s, with augmentation.speed ${speed}. Cut them into shorter ones`);
}
