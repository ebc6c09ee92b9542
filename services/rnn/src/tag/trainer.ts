import type { rnn } from '@quartet/contracts';
import { Program, Trainer, type CapturedStep, type HostTensor, type ModelFunction, type Tensor } from '@quartet/core';
import { resolveTrainingOptions, Violations, type FinishedModel, type RunParts, type TrainingJob, type TrainingRun } from '@quartet/service-kit';
import { coreSettings } from '../training/core-settings';
import { functionFor } from '../training/function-for';
import { gradientReport } from '../training/gradient-report';
import { watchedRun, type WatchedBuild } from '../training/watched-run';
import { writeVersion } from '../training/write-version';
import { evaluationSentences, trainingSentences } from './batches';
import { makePlan } from './make-plan';
import { measureTagger } from './measure';
import { buildTagger, type Tagger } from './network';
import { taggerObjective } from './objective';
import type { TaggerPlan } from './plan';
import { TRAINING } from './resolve';
import { readTagged, taggedSentences, type TaggedSentence } from './sentences';
import { SPELLED } from './token';

/** Prepares the training of a tagger. @param request Resolved. */
export async function prepareTagger(job: TrainingJob, request: rnn.TrainTaggerRequest): Promise<TrainingRun> {
  const violations = new Violations();
  const options = resolveTrainingOptions(request.options, violations, 'options', TRAINING);
  violations.throwIfAny();
  const { classNames, columns } = job.dataset.schema!;
  const given = makePlan(request, classNames.length, await readTagged(job.files.train!, columns));
  const partOf = async (name: 'train' | 'validation' | 'test'): Promise<TaggedSentence[] | undefined> => {
    const files = job.files[name];
    return files && taggedSentences(await readTagged(files, columns), given, classNames);
  };
  const parts = { train: await partOf('train'), validation: await partOf('validation'), test: await partOf('test') };
  const build = (watched: WatchedBuild): RunParts => {
    const plan = { ...given, network: watched.network };
    const tagger = buildTagger(plan, options.seed);
    const validation = options.validate && parts.validation ? evaluationSentences(parts.validation, plan) : undefined;
    const core = new Trainer({
      objective: taggerObjective(tagger, plan),
      training: trainingSentences(parts.train!, plan, options.batchSize, options.seed),
      validation,
      ...coreSettings(options, validation !== undefined, watched.network),
      onEvent: watched.onEvent,
    });
    return {
      core,
      dispose: () => tagger.dispose(),
      async write(folder, history): Promise<FinishedModel> {
        const gradients = gradientReport(core, watched);
        const metrics: Record<string, number> = gradients.metrics;
        const extra: Record<string, unknown> = { ...gradients.extra };
        withProgram(tagger, (step) => {
          for (const part of ['validation', 'test'] as const) {
            if (!parts[part]) continue;
            const report = measureTagger(parts[part], plan, classNames, (inputs) => step.run(inputs, ['probabilities'])[0] as HostTensor);
            for (const [name, value] of Object.entries(report.metrics)) metrics[`${part}/${name}`] = value;
            extra['confusionMatrix'] = report.confusionMatrix;
            extra['confusionMatrixPart'] = part;
          }
        });
        const model = { weights: tagger.weights, functions: functionsOf(tagger, plan) };
        return writeVersion(folder, job, { options, history }, { spec: plan, model, classNames, metrics, extra });
      },
    };
  };
  return watchedRun(job, { network: given.network, steps: given.lengths.at(-1)!, build });
}

/** [batch, time, tags]. */
const probabilitiesOf = (tagger: Tagger, inputs: Record<string, Tensor>): { probabilities: Tensor } => ({ probabilities: tagger.logits(inputs, { training: false }).softmax() });

function withProgram(tagger: Tagger, use: (step: CapturedStep) => void): void {
  const program = new Program(tagger.weights);
  try {
    use(program.step('tag', (inputs) => ({ outputs: probabilitiesOf(tagger, inputs) })));
  } finally {
    program.dispose();
  }
}

/** One for each length. */
function functionsOf(tagger: Tagger, { lengths }: TaggerPlan): Record<string, ModelFunction> {
  return Object.fromEntries(
    lengths.map((steps): [string, ModelFunction] => [
      functionFor(steps, lengths),
      {
        inputs: { ids: { dtype: 'int32', shape: [steps] }, characters: { dtype: 'int32', shape: [steps, SPELLED] }, lengths: { dtype: 'int32', shape: [] } },
        compute: (inputs) => probabilitiesOf(tagger, inputs),
      },
    ]),
  );
}
