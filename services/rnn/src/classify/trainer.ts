import type { rnn } from '@quartet/contracts';
import { Program, Trainer, type CapturedStep, type ModelFunction } from '@quartet/core';
import { resolveTrainingOptions, Violations, type FinishedModel, type RunParts, type TrainingJob, type TrainingRun } from '@quartet/service-kit';
import { coreSettings } from '../training/core-settings';
import { functionFor } from '../training/function-for';
import { gradientReport } from '../training/gradient-report';
import { watchedRun, type WatchedBuild } from '../training/watched-run';
import { writeVersion } from '../training/write-version';
import { evaluationExamples, trainingExamples } from './batches';
import { inputsOf, type LabelledExamples } from './inputs';
import { makePlan } from './make-plan';
import { measureClassifier } from './measure';
import { buildClassifier, meanProbabilities, probabilitiesOf, type ClassifierStepper, type SequenceClassifier } from './network';
import { classifierObjective } from './objective';
import { readsNumbers, type ClassifierPlan, type NumbersPlan } from './plan';
import { trainingDefaults } from './resolve';

/** Prepares the training of a classifier of sequences. @param request Resolved. */
export async function prepareClassifier(job: TrainingJob, request: rnn.TrainClassifierRequest): Promise<TrainingRun> {
  const schema = job.dataset.schema!;
  const violations = new Violations();
  const options = resolveTrainingOptions(request.options, violations, 'options', trainingDefaults(schema.kind));
  violations.throwIfAny();
  const given = await makePlan(request, schema, job.files.train!);
  const parts = { train: await partOf(job, 'train', given), validation: await partOf(job, 'validation', given), test: await partOf(job, 'test', given) };
  const build = (watched: WatchedBuild): RunParts => {
    const plan = { ...given, network: watched.network };
    const network = buildClassifier(plan, options.seed);
    const validation = options.validate && parts.validation ? evaluationExamples(parts.validation, plan) : undefined;
    const core = new Trainer({
      objective: classifierObjective(network, plan),
      training: trainingExamples(parts.train!, plan, options.batchSize, options.seed),
      validation,
      ...coreSettings(options, validation !== undefined, watched.network),
      onEvent: watched.onEvent,
    });
    return {
      core,
      dispose: () => network.dispose(),
      async write(folder, history): Promise<FinishedModel> {
        const gradients = gradientReport(core, watched);
        const metrics: Record<string, number> = gradients.metrics;
        const extra: Record<string, unknown> = { ...gradients.extra };
        withProgram(network, plan, (step) => {
          for (const part of ['validation', 'test'] as const) {
            if (!parts[part]) continue;
            const report = measureClassifier(parts[part], plan, (inputs) => step.run(inputs, ['probabilities'])[0]!);
            for (const [name, value] of Object.entries(report.metrics)) metrics[`${part}/${name}`] = value;
            extra['confusionMatrix'] = report.confusionMatrix;
            extra['confusionMatrixPart'] = part;
          }
        });
        return writeVersion(folder, job, { options, history }, {
          spec: plan,
          model: { weights: network.weights, functions: functionsOf(network, plan) },
          classNames: schema.classNames,
          metrics,
          extra,
        });
      },
    };
  };
  return watchedRun(job, { network: given.network, steps: inputsOf(given).lengths(given).at(-1)!, build });
}

async function partOf({ files, dataset }: TrainingJob, name: 'train' | 'validation' | 'test', plan: ClassifierPlan): Promise<LabelledExamples | undefined> {
  const file = files[name];
  return file && inputsOf(plan).load(file, dataset.schema!, plan);
}

function withProgram(network: SequenceClassifier, plan: ClassifierPlan, use: (classify: CapturedStep) => void): void {
  const program = new Program(network.weights);
  try {
    use(program.step('classify', (inputs) => ({ outputs: { probabilities: probabilitiesOf(network, plan, inputs) } })));
  } finally {
    program.dispose();
  }
}

/** One for each length. */
function functionsOf(network: SequenceClassifier, plan: ClassifierPlan): Record<string, ModelFunction> {
  const inputs = inputsOf(plan);
  const lengths = inputs.lengths(plan);
  const whole = Object.fromEntries(
    lengths.map((steps): [string, ModelFunction] => [functionFor(steps, lengths), { inputs: inputs.signature(plan, steps), compute: (given) => ({ probabilities: probabilitiesOf(network, plan, given) }) }]),
  );
  const { stepper } = network;
  return stepper && readsNumbers(plan) ? { ...whole, step: stepFunction(stepper, plan) } : whole;
}

/** One step of a live sequence: `x` [channels], `state`, and `before`, the number of steps before it, give `probabilities` and `nextState`. */
function stepFunction(stepper: ClassifierStepper, plan: NumbersPlan): ModelFunction {
  return {
    inputs: { x: { dtype: 'float32', shape: [plan.channels] }, state: { dtype: 'float32', shape: [stepper.stateWidth] }, before: { dtype: 'float32', shape: [] } },
    compute({ x, state, before }) {
      const next = stepper.step(x!, state!, before!);
      return { probabilities: meanProbabilities(next.members, plan), nextState: next.state };
    },
  };
}
