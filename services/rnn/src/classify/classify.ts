import { QuartetError, type rnn } from '@quartet/contracts';
import type { CallScope, FamilyRuntime } from '@quartet/service-kit';
import { manifestFor } from '../manifest';
import { inferInGroups } from '../training/in-groups';
import { inputsOf } from './inputs';
import { medianClass } from './ordinal';

/** Classes of sequences, texts or recordings, most likely first. */
export async function classify(runtime: FamilyRuntime, request: rnn.ClassifyRequest, call: CallScope): Promise<rnn.ClassifyResponse> {
  const version = await runtime.resolve(request.model, call);
  const { spec: plan, classNames } = manifestFor(version, 'classify');
  const top = request.topK || 1;
  if (top > plan.classes) throw QuartetError.invalid('top_k', `is ${top}; the model has ${plan.classes} classes. Ask for at most that many`);
  const inputs = inputsOf(plan);
  const read = await inputs.read(request, plan, runtime.settings.QUARTET_MAX_BATCH);
  const examples = read.map(({ example }) => example);
  const probabilities = await inferInGroups({ runtime, version, call }, 'probabilities', examples, inputs.lengths(plan), (some, length) => inputs.tensors(some, plan, length));
  return {
    results: read.map(({ notes }, row) => ({
      ...{ interpolated: 0, tokens: 0, unknownTokens: 0, cutTokens: 0, warning: '', ...notes },
      classes: topClasses(probabilities[row]!, top, classNames),
      ...(plan.ordinal && { median: medianClass(probabilities[row]!) }),
    })),
    modelVersion: version.version,
  };
}

function topClasses(scores: ArrayLike<number>, count: number, names: readonly string[]): rnn.ClassScore[] {
  const order = Array.from({ length: scores.length }, (_, index) => index).sort((a, b) => scores[b]! - scores[a]! || a - b);
  return order.slice(0, count).map((index) => ({ index, name: names[index] ?? `${index}`, probability: scores[index]! }));
}
