import type { rnn } from '@quartet/contracts';
import { Trainer } from '@quartet/core';
import { loadRecords } from '@quartet/data';
import { resolveTrainingOptions, Violations, type FinishedModel, type RunParts, type TrainingJob, type TrainingRun } from '@quartet/service-kit';
import { toNetworkPlan } from '../network/resolve';
import { textsOf } from '../text/texts-of';
import { trainTokenizer } from '../text/train-tokenizer';
import { coreSettings } from '../training/core-settings';
import { gradientReport } from '../training/gradient-report';
import { unusable } from '../training/refuse';
import { watchedRun, type WatchedBuild } from '../training/watched-run';
import { writeVersion } from '../training/write-version';
import { measureLanguage } from './measure';
import { buildLanguageNetwork, languageFunctions } from './network';
import { languageObjective } from './objective';
import type { LanguagePlan } from './plan';
import { TRAINING } from './resolve';
import { evaluationWindows, layoutOf, streamOf, trainingWindows } from './token-stream';

/** Prepares the training of a language model. @param request Resolved. */
export async function prepareLanguageModel(job: TrainingJob, request: rnn.TrainLanguageModelRequest): Promise<TrainingRun> {
  const violations = new Violations();
  const options = resolveTrainingOptions(request.options, violations, 'options', TRAINING);
  violations.throwIfAny();
  const { window } = request;
  const texts = { train: await partTexts(job, 'train'), validation: await partTexts(job, 'validation'), test: await partTexts(job, 'test') };
  const tokenizer = trainTokenizer(request.text!.tokenizer!, texts.train!);
  const train = streamOf(texts.train!, tokenizer);
  const layout = layoutOf(train.tokens.length, options.batchSize, window);
  if (!layout) throw unusable(job.dataset.name, `has ${train.tokens.length} tokens to train on, fewer than a window of ${window} and the one after it; send more text, or a smaller window`);
  const given: LanguagePlan = { task: 'generate', tokenizer: tokenizer.plan, embedding: request.text!.embedding, network: toNetworkPlan(request.network!), window };
  const measured = { validation: texts.validation && streamOf(texts.validation, tokenizer), test: texts.test && streamOf(texts.test, tokenizer) };
  const build = (watched: WatchedBuild): RunParts => {
    const plan = { ...given, network: watched.network };
    const network = buildLanguageNetwork(plan, options.seed);
    const validation = options.validate && measured.validation ? evaluationWindows(measured.validation, window) : undefined;
    const core = new Trainer({
      objective: languageObjective(network, plan, layout.rows),
      training: trainingWindows(train, layout, window, options.seed),
      validation,
      ...coreSettings(options, validation !== undefined, watched.network),
      onEvent: watched.onEvent,
    });
    return {
      core,
      dispose: () => network.dispose(),
      async write(folder, history): Promise<FinishedModel> {
        const gradients = gradientReport(core, watched);
        const metrics: Record<string, number> = { ...gradients.metrics, tokens: tokenizer.size };
        for (const [part, stream] of Object.entries(measured)) {
          if (!stream) continue;
          for (const [name, value] of Object.entries<number>({ ...measureLanguage(network, stream) })) metrics[`${part}/${name}`] = value;
        }
        return writeVersion(folder, job, { options, history }, {
          spec: plan,
          model: { weights: network.weights, functions: languageFunctions(network) },
          metrics,
          extra: gradients.extra,
        });
      },
    };
  };
  return watchedRun(job, { network: given.network, steps: window, build });
}

async function partTexts({ files, dataset }: TrainingJob, name: 'train' | 'validation' | 'test'): Promise<string[] | undefined> {
  const file = files[name];
  if (!file) return undefined;
  return textsOf(await loadRecords(file.examples, file.labels, dataset.schema!.columns), 'text');
}
