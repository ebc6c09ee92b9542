import { rnn } from '@quartet/contracts';
import { Trainer, translationObjective } from '@quartet/core';
import { loadRecords, RECORD_FIELDS, type Records } from '@quartet/data';
import { reportTo, resolveTrainingOptions, trainingRun, Violations, type FinishedModel, type TrainingJob, type TrainingRun } from '@quartet/service-kit';
import { toNetworkPlan } from '../network/resolve';
import { START } from '../text/tokenizer';
import { coreSettings } from '../training/core-settings';
import { unusable } from '../training/refuse';
import { writeVersion } from '../training/write-version';
import { evaluationPairs, PairBatches } from './batches';
import { measureTranslator } from './measure';
import { MEMORY_FILE } from './memory';
import { buildTranslator } from './network';
import { bucketsFor, tokenizePairs } from './pairs';
import { longestOf, type TranslatorPlan } from './plan';
import { pairsOf, readingFor, tokenizersFor } from './reading';
import { TRAINING } from './resolve';

/** Share of each right token's probability that goes to all tokens: beam search profits from a model that isn't too sure. */
const SMOOTHING = 0.1;

/** Prepares the training of a translator. @param request Resolved. */
export async function prepareTranslator(job: TrainingJob, request: rnn.TrainTranslatorRequest): Promise<TrainingRun> {
  const violations = new Violations();
  const options = resolveTrainingOptions(request.options, violations, 'options', TRAINING);
  violations.throwIfAny();
  const records = { train: await recordsOf(job, 'train'), validation: await recordsOf(job, 'validation'), test: await recordsOf(job, 'test') };
  const tokenizers = tokenizersFor(request, records.train!);
  const reading = readingFor(request, records.train!, tokenizers);
  const limits = { source: reading.most, target: request.target!.maxTokens };
  const views = reading.training.map((reader) => tokenizePairs(records.train!, reader, tokenizers.target, limits));
  const [pairs, cut] = [views.flatMap((view) => view.pairs), views[0]!.cut];
  if (pairs.length === 0) throw unusable(job.dataset.name, 'has no pair with a source that has tokens; check the column of sources');
  if (cut > 0) {
    const remedy = `they were cut to ${limits.source} and ${limits.target} tokens; raise source.max_tokens and target.max_tokens, or divide the texts`;
    job.report({ type: 'diagnostic', verdict: 'cut_examples', evidence: `${cut} of ${records.train!.count} pairs are longer than the limits`, remedy, applied: true });
  }
  const asked = toNetworkPlan(request.network!);
  const { units, layers, bidirectional, dropout, cell } = asked;
  const plan: TranslatorPlan = {
    task: 'translate',
    source: tokenizers.source.plan,
    target: tokenizers.target.plan,
    model: {
      sourceTokens: tokenizers.source.size,
      targetTokens: tokenizers.target.size,
      cell,
      units,
      layers,
      bidirectional,
      dropout,
      embedding: request.source!.embedding,
      attention: request.attention === rnn.Attention.ATTENTION_BAHDANAU ? 'bahdanau' : 'luong',
      copy: request.copy,
    },
    buckets: bucketsFor(pairs, options.batchSize),
    memory: request.memory,
  };
  const network = buildTranslator(plan, options.seed);
  const training = new PairBatches(pairs, plan.buckets, options.batchSize, options.seed);
  const serving = reading.serving(longestOf(plan).source);
  const held = (part: Records | undefined) => part && evaluationPairs(tokenizePairs(part, serving, tokenizers.target, longestOf(plan)).pairs, plan.buckets, options.batchSize);
  const validation = options.validate ? held(records.validation) : undefined;
  const { share = 0, reachedAt = 1 } = request.scheduledSampling ?? {};
  const sampling = share > 0 ? { share, steps: Math.max(1, Math.round(reachedAt * options.epochs * training.stepsPerEpoch)) } : undefined;
  const core = new Trainer({
    objective: translationObjective(network.model, network.weights, { start: START, smoothing: SMOOTHING, ...(sampling && { scheduledSampling: sampling }) }),
    training,
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
        const part = records[name];
        if (!part) continue;
        const { pairs: _, ...scores } = measureTranslator(network, plan, pairsOf(part), { source: serving, target: tokenizers.target });
        for (const [metric, value] of Object.entries({ ...(await core.evaluate(held(part)!)), ...scores, examples: part.count })) metrics[`${name}/${metric}`] = value;
      }
      return writeVersion(folder, job, { options, history }, {
        spec: plan,
        model: { weights: network.weights, functions: network.functions() },
        metrics,
        extra: { scheduledSampling: request.scheduledSampling },
        ...(request.memory > 0 && { files: { [MEMORY_FILE]: Buffer.from(JSON.stringify(reading.remembered)) } }),
      });
    },
  });
}

async function recordsOf({ files }: TrainingJob, part: 'train' | 'validation' | 'test'): Promise<Records | undefined> {
  const file = files[part];
  return file && loadRecords(file.examples, file.labels, RECORD_FIELDS.pairs);
}
