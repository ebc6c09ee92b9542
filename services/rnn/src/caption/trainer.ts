import { setTimeout as sleep } from 'node:timers/promises';
import { QuartetError, readSettings, type rnn } from '@quartet/contracts';
import { Trainer } from '@quartet/core';
import { loadRecords, RECORD_FIELDS } from '@quartet/data';
import { reportTo, resolveTrainingOptions, trainingRun, Violations, type FinishedModel, type TrainingJob, type TrainingRun } from '@quartet/service-kit';
import { toNetworkPlan } from '../network/resolve';
import { END, type Tokenizer } from '../text/tokenizer';
import { trainTokenizer } from '../text/train-tokenizer';
import { coreSettings } from '../training/core-settings';
import { writeVersion } from '../training/write-version';
import { embedImages } from './embed';
import { evaluationExamples, measureFeatures, scaled, trainingExamples, type Example } from './examples';
import { measureCaptioner, type Captioned } from './measure';
import { buildCaptioner } from './network';
import { captionObjective } from './objective';
import type { CaptionerPlan } from './plan';
import { TRAINING } from './resolve';

/** Prepares the training of a captioner: asks the CNN model for all embeddings. @param request Resolved. */
export async function prepareCaptioner(job: TrainingJob, request: rnn.TrainCaptionerRequest): Promise<TrainingRun> {
  const violations = new Violations();
  const options = resolveTrainingOptions(request.options, violations, 'options', TRAINING);
  violations.throwIfAny();
  const imageModel = toImageModel(request);
  const read = (part: 'train' | 'validation' | 'test') => embeddedPart(job, part, imageModel);
  const raw = { train: (await read('train'))!, validation: await read('validation'), test: await read('test') };
  const tokenizer = trainTokenizer(request.text!.tokenizer!, raw.train.texts);
  const features = measureFeatures(raw.train.embeddings);
  const parts = { train: scaledPart(raw.train, features), validation: raw.validation && scaledPart(raw.validation, features), test: raw.test && scaledPart(raw.test, features) };
  const asked = toNetworkPlan(request.network!);
  const { units, layers, dropout, cell } = asked;
  const limit = request.text!.maxTokens;
  const plan: CaptionerPlan = {
    task: 'caption',
    imageModel,
    ...features,
    text: tokenizer.plan,
    model: { tokens: tokenizer.size, cell: cell === 'gru' ? 'gru' : 'lstm', units, layers, embedding: request.text!.embedding, dropout },
    maxTokens: Math.min(limit, Math.max(...parts.train.texts.map((text) => tokenizer.encode(text).length)) + 1),
  };
  const network = buildCaptioner(plan, options.seed);
  const held = (part: Captioned) => evaluationExamples(examplesOf(part, tokenizer, plan.maxTokens), plan.maxTokens, options.batchSize);
  const validation = options.validate && parts.validation ? held(parts.validation) : undefined;
  const core = new Trainer({
    objective: captionObjective(network, plan),
    training: trainingExamples(examplesOf(parts.train, tokenizer, plan.maxTokens), plan.maxTokens, options.batchSize, options.seed),
    validation,
    ...coreSettings(options, validation !== undefined, asked),
    onEvent: reportTo((event) => job.report(event)),
  });
  return trainingRun({
    core,
    dispose: () => network.dispose(),
    async write(folder, history): Promise<FinishedModel> {
      const metrics: Record<string, number> = {};
      for (const name of ['validation', 'test'] as const) {
        const part = parts[name];
        if (!part) continue;
        const measured = { ...(await core.evaluate(held(part))), ...measureCaptioner(network, plan, part, parts.train, tokenizer), examples: part.texts.length };
        for (const [metric, value] of Object.entries(measured)) metrics[`${name}/${metric}`] = value;
      }
      return writeVersion(folder, job, { options, history }, {
        spec: plan,
        model: { weights: network.weights, functions: network.functions() },
        metrics,
      });
    },
  });
}

function toImageModel({ imageModel }: rnn.TrainCaptionerRequest): CaptionerPlan['imageModel'] {
  const { name, target } = imageModel!;
  return { name, version: `${target?.$case === 'version' ? target.value : 0n}` };
}

/** A part's captions, with the CNN model's embeddings of their images. */
async function embeddedPart({ files, dataset }: TrainingJob, name: 'train' | 'validation' | 'test', imageModel: CaptionerPlan['imageModel']): Promise<Captioned | undefined> {
  const file = files[name];
  if (!file) return undefined;
  const records = await loadRecords(file.examples, file.labels, RECORD_FIELDS.caption);
  const rows = Array.from({ length: records.count }, (_, row) => row);
  const images = rows.map((row) => records.bytes(row, 'image'));
  const options = { settings: readSettings(), imageModel, field: (row: number) => `image ${row} of the ${name} part of '${dataset.name}'` };
  const embeddings = await patiently(() => embedImages(images, options));
  return { embeddings, texts: rows.map((row) => records.text(row, 'text')) };
}

/** In milliseconds: together more than the gateway and the CNN service take to start anew. */
const WAITS = [1000, 2000, 4000, 8000, 16_000, 32_000];

/** Lets the gateway be away for a while: a training that has waited for hours in the queue is worth that. */
async function patiently<T>(action: () => Promise<T>): Promise<T> {
  for (const wait of WAITS) {
    try {
      return await action();
    } catch (error) {
      if (!QuartetError.is(error) || error.reason !== 'UNAVAILABLE') throw error;
      await sleep(wait);
    }
  }
  return action();
}

const scaledPart = ({ embeddings, texts }: Captioned, features: Pick<CaptionerPlan, 'mean' | 'deviation'>): Captioned => ({ embeddings: embeddings.map((embedding) => scaled(embedding, features)), texts });

/** A caption that is too long loses its end token with its end, so that nothing learns to stop short. */
function examplesOf({ embeddings, texts }: Captioned, tokenizer: Tokenizer, maxTokens: number): Example[] {
  return texts.map((text, row) => ({ embedding: embeddings[row]!, target: Int32Array.from([...tokenizer.encode(text), END].slice(0, maxTokens)) }));
}
