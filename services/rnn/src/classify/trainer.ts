import { TrainingOptions, type rnn } from '@quartet/contracts';
import { ClassificationMetrics, Program, Trainer, writeModel, type HostTensor } from '@quartet/core';
import { loadPart } from '@quartet/data';
import { finishedModel, resolveTrainingOptions, Violations, type FinishedModel, type RunParts, type TrainingJob, type TrainingRun } from '@quartet/service-kit';
import { toNetworkPlan } from '../network/resolve';
import { coreSettings } from '../training/core-settings';
import { gradientReport } from '../training/gradient-report';
import { watchedRun, type WatchedBuild } from '../training/watched-run';
import { buildClassifier, probabilitiesOf } from './network';
import { classifierObjective } from './objective';
import type { ClassifierPlan } from './plan';
import { TRAINING } from './resolve';
import { evaluationSequences, sequencesOf, trainingSequences, type LabelledSequences } from './sequences';

/** Prepares the training of a classifier of sequences. @param request Resolved. */
export async function prepareClassifier(job: TrainingJob, request: rnn.TrainClassifierRequest): Promise<TrainingRun> {
  const violations = new Violations();
  const options = resolveTrainingOptions(request.options, violations, 'options', TRAINING);
  violations.throwIfAny();
  const schema = job.dataset.schema!;
  const [maxSteps = 0, channels = 0] = schema.exampleShape.map(Number);
  const given: ClassifierPlan = {
    task: 'classify',
    channels,
    classes: schema.classNames.length,
    maxSteps,
    mean: schema.mean,
    deviation: schema.standardDeviation,
    network: toNetworkPlan(request.network!),
    ensemble: request.ensemble,
  };
  const parts = { train: await partOf(job, 'train'), validation: await partOf(job, 'validation'), test: await partOf(job, 'test') };
  const build = (watched: WatchedBuild): RunParts => {
    const plan = { ...given, network: watched.network };
    const network = buildClassifier(plan, options.seed);
    const validation = options.validate && parts.validation ? evaluationSequences(parts.validation, plan) : undefined;
    const core = new Trainer({
      objective: classifierObjective(network, plan),
      training: trainingSequences(parts.train!, plan, options.batchSize, options.seed),
      validation,
      ...coreSettings(options, validation !== undefined, watched.network),
      onEvent: watched.onEvent,
    });
    return {
      core,
      dispose: () => network.dispose(),
      async write(folder, history): Promise<FinishedModel> {
        const program = new Program(network.weights);
        const step = program.step('classify', (inputs) => ({ outputs: { probabilities: probabilitiesOf(network, inputs) } }));
        const gradients = gradientReport(core, watched);
        const metrics: Record<string, number> = gradients.metrics;
        const extra: Record<string, unknown> = { ...gradients.extra, dataset: job.dataset.name, history, options: TrainingOptions.toJSON(options) };
        try {
          for (const part of ['validation', 'test'] as const) {
            if (!parts[part]) continue;
            const report = measure(parts[part], plan, (inputs) => step.run(inputs, ['probabilities'])[0]!);
            metrics[`${part}/accuracy`] = report.accuracy;
            metrics[`${part}/loss`] = report.loss;
            metrics[`${part}/f1`] = report.macro.f1;
            metrics[`${part}/examples`] = report.count;
            extra['confusionMatrix'] = report.confusionMatrix;
            extra['confusionMatrixPart'] = part;
          }
        } finally {
          program.dispose();
        }
        const manifest = await writeModel(folder, {
          family: 'rnn',
          spec: plan,
          model: {
            weights: network.weights,
            functions: {
              serving_default: {
                inputs: { x: { dtype: 'float32', shape: [maxSteps, channels] }, lengths: { dtype: 'int32', shape: [] } },
                compute: (inputs) => ({ probabilities: probabilitiesOf(network, inputs) }),
              },
            },
          },
          classNames: schema.classNames,
          metrics,
          dataDigest: job.dataset.digest,
          seed: options.seed,
          extra,
        });
        return finishedModel(manifest);
      },
    };
  };
  return watchedRun(job, { network: given.network, steps: maxSteps, build });
}

async function partOf({ files }: TrainingJob, name: 'train' | 'validation' | 'test'): Promise<LabelledSequences | undefined> {
  const file = files[name];
  if (!file) return undefined;
  const part = await loadPart(file.examples, file.labels);
  return { sequences: sequencesOf(part), labels: part.labels };
}

function measure(part: LabelledSequences, plan: ClassifierPlan, run: (inputs: Record<string, HostTensor>) => HostTensor) {
  const metrics = new ClassificationMetrics(plan.classes);
  for (const { inputs, count } of evaluationSequences(part, plan).batches() as Iterable<{ inputs: Record<string, HostTensor>; count: number }>) {
    const { x, lengths, y } = inputs as Record<'x' | 'lengths' | 'y', HostTensor>;
    // The metrics take logits, of which logarithms of probabilities are some.
    metrics.add(run({ x, lengths }).data.map((probability) => Math.log(Math.max(probability, 1e-30))), y.data, count);
  }
  return metrics.report();
}
