import type { DatasetSchema, rnn } from '@quartet/contracts';
import { loadRecords } from '@quartet/data';
import { FrontEnd, frontEndOf, measureBands } from '../audio/front-end';
import { loadRecordings } from '../audio/recordings';
import { toNetworkPlan } from '../network/resolve';
import { chooseLengths } from '../text/choose-lengths';
import { textsOf } from '../text/texts-of';
import { trainTokenizer } from '../text/train-tokenizer';
import type { PartFiles } from './inputs';
import type { ClassifierPlan, NumbersPlan, RecordingsPlan, TextsPlan } from './plan';

/** A classifier's plan; of texts, with the vocabulary of the training part. @param request Resolved. @param train The training part. */
export async function makePlan(request: rnn.TrainClassifierRequest, schema: DatasetSchema, train: PartFiles): Promise<ClassifierPlan> {
  const common = { task: 'classify' as const, classes: schema.classNames.length, ordinal: request.ordinal, network: toNetworkPlan(request.network!), ensemble: request.ensemble };
  if (schema.kind === 'recording') return recordingsPlan(common, schema, train);
  return request.text ? textsPlan(common, request.text, schema, train) : numbersPlan(common, schema);
}

type Common = Pick<NumbersPlan, 'task' | 'classes' | 'ordinal' | 'network' | 'ensemble'>;

function numbersPlan(common: Common, { exampleShape, mean, standardDeviation }: DatasetSchema): NumbersPlan {
  const [maxSteps = 0, channels = 0] = exampleShape.map(Number);
  return { ...common, reads: 'numbers', channels, maxSteps, mean, deviation: standardDeviation };
}

async function textsPlan(common: Common, { tokenizer: spec, maxTokens, embedding, wordDropout, embeddingDropout }: rnn.TextSpec, { columns }: DatasetSchema, train: PartFiles): Promise<TextsPlan> {
  const texts = textsOf(await loadRecords(train.examples, train.labels, columns), 'text');
  const tokenizer = trainTokenizer(spec!, texts);
  const lengths = chooseLengths(texts.map((text) => tokenizer.encode(text).length), maxTokens);
  return { ...common, reads: 'texts', tokenizer: tokenizer.plan, embedding, lengths, wordDropout: wordDropout ?? 0, embeddingDropout: embeddingDropout ?? 0 };
}

/** Of a recording so many seconds are read: who speaks which language is soon heard. */
const SECONDS = 4;

async function recordingsPlan(common: Common, { sampleRate }: DatasetSchema, train: PartFiles): Promise<RecordingsPlan> {
  const part = await loadRecordings(train);
  const outline = frontEndOf(sampleRate, common.network.bidirectional ? 'recording' : 'training');
  const frontEnd = new FrontEnd(outline);
  const most = Math.floor(SECONDS / frontEnd.secondsPerStep / 8) * 8;
  const lengths = chooseLengths(Array.from({ length: part.count }, (_, row) => frontEnd.steps(part.length(row))), most);
  return { ...common, reads: 'recordings', frontEnd: { ...outline, ...measureBands(part.count, part.samples, frontEnd) }, lengths };
}
