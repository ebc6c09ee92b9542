import type { DatasetSchema, rnn } from '@quartet/contracts';
import { loadRecords } from '@quartet/data';
import { toNetworkPlan } from '../network/resolve';
import { chooseLengths } from '../text/choose-lengths';
import { trainTokenizer } from '../text/train-tokenizer';
import type { PartFiles } from './inputs';
import type { ClassifierPlan, NumbersPlan, TextsPlan } from './plan';
import { textsOf } from './texts';

/** A classifier's plan; of texts, with the vocabulary of the training part. @param request Resolved. @param train The training part. */
export async function makePlan(request: rnn.TrainClassifierRequest, schema: DatasetSchema, train: PartFiles): Promise<ClassifierPlan> {
  const common = { task: 'classify' as const, classes: schema.classNames.length, ordinal: request.ordinal, network: toNetworkPlan(request.network!), ensemble: request.ensemble };
  return request.text ? textsPlan(common, request.text, schema, train) : numbersPlan(common, schema);
}

type Common = Pick<NumbersPlan, 'task' | 'classes' | 'ordinal' | 'network' | 'ensemble'>;

function numbersPlan(common: Common, { exampleShape, mean, standardDeviation }: DatasetSchema): NumbersPlan {
  const [maxSteps = 0, channels = 0] = exampleShape.map(Number);
  return { ...common, reads: 'numbers', channels, maxSteps, mean, deviation: standardDeviation };
}

async function textsPlan(common: Common, { tokenizer: spec, maxTokens, embedding, wordDropout, embeddingDropout }: rnn.TextSpec, { columns }: DatasetSchema, train: PartFiles): Promise<TextsPlan> {
  const texts = textsOf(await loadRecords(train.examples, train.labels, columns));
  const tokenizer = trainTokenizer(spec!, texts);
  const lengths = chooseLengths(texts.map((text) => tokenizer.encode(text).length), maxTokens);
  return { ...common, reads: 'texts', tokenizer: tokenizer.plan, embedding, lengths, wordDropout: wordDropout ?? 0, embeddingDropout: embeddingDropout ?? 0 };
}
