import { QuartetError, type rnn, type Version } from '@quartet/contracts';
import type { HostTensor } from '@quartet/core';
import type { CallScope, FamilyRuntime } from '@quartet/service-kit';
import { manifestFor } from '../manifest';
import { functionFor, inputsOf, lengthFor, type Example } from './inputs';
import { medianClass } from './ordinal';
import type { ClassifierPlan } from './plan';

/** Classes of sequences, texts or recordings, most likely first. */
export async function classify(runtime: FamilyRuntime, request: rnn.ClassifyRequest, call: CallScope): Promise<rnn.ClassifyResponse> {
  const version = await runtime.resolve(request.model, call);
  const { spec: plan, classNames } = manifestFor(version, 'classify');
  const top = request.topK || 1;
  if (top > plan.classes) throw QuartetError.invalid('top_k', `is ${top}; the model has ${plan.classes} classes. Ask for at most that many`);
  const read = inputsOf(plan).read(request, plan, runtime.settings.QUARTET_MAX_BATCH);
  const probabilities = await infer(runtime, version, plan, read.map(({ example }) => example), call);
  return {
    results: read.map(({ notes }, row) => ({
      ...{ interpolated: 0, tokens: 0, unknownTokens: 0, cutTokens: 0, warning: '', ...notes },
      classes: topClasses(probabilities[row]!, top, classNames),
      ...(plan.ordinal && { median: medianClass(probabilities[row]!) }),
    })),
    modelVersion: version.version,
  };
}

/** Probabilities of each example: those of one length go through the model together. */
async function infer(runtime: FamilyRuntime, version: Version, plan: ClassifierPlan, examples: readonly Example[], call: CallScope): Promise<ArrayLike<number>[]> {
  const inputs = inputsOf(plan);
  const lengths = inputs.lengths(plan);
  const results = new Array<ArrayLike<number>>(examples.length);
  await Promise.all(
    lengths.map(async (steps) => {
      const rows = [...examples.keys()].filter((row) => lengthFor(examples[row]!, lengths) === steps);
      if (rows.length === 0) return;
      const tensors = inputs.tensors(rows.map((row) => examples[row]!), plan, steps);
      const { probabilities } = (await runtime.infer(version, functionFor(steps, lengths), tensors, call)) as { probabilities: HostTensor };
      rows.forEach((row, at) => (results[row] = probabilities.data.subarray(at * plan.classes, (at + 1) * plan.classes)));
    }),
  );
  return results;
}

function topClasses(scores: ArrayLike<number>, count: number, names: readonly string[]): rnn.ClassScore[] {
  const order = Array.from({ length: scores.length }, (_, index) => index).sort((a, b) => scores[b]! - scores[a]! || a - b);
  return order.slice(0, count).map((index) => ({ index, name: names[index] ?? `${index}`, probability: scores[index]! }));
}
