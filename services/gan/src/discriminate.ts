import type { gan } from '@quartet/contracts';
import type { HostTensor } from '@quartet/core';
import { toProtoTensor, type CallScope, type FamilyRuntime } from '@quartet/service-kit';
import { readExamples } from './inputs';
import { manifestOf } from './model-info';

/** How real the discriminator takes examples to be, and what in them moves it. */
export async function discriminate(runtime: FamilyRuntime, request: gan.DiscriminateRequest, call: CallScope): Promise<gan.DiscriminateResponse> {
  const version = await runtime.resolve(request.model, call);
  const { classNames } = manifestOf(version);
  const inputs = await readExamples(version, request.input, request.className, runtime.settings.QUARTET_MAX_BATCH);
  // The engine takes the examples' memory over.
  const copy = Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, { ...tensor, data: tensor.data.slice() }]));
  const { score, class_logits: logits } = await runtime.infer(version, 'judge', copy, call);
  const map = request.includeMaps ? (await runtime.infer(version, 'explain', inputs, call))['map'] : undefined;
  const results = Array.from(score!.data, (value, row): gan.Verdict => ({ score: value, ...(logits ? classOf(logits, row, classNames) : { className: '', probability: 0, probabilities: [] }) }));
  return { results, maps: map && toProtoTensor(map), modelVersion: version.version };
}

/** By the softmax of its logits. */
function classOf({ shape, data }: HostTensor, row: number, classNames: readonly string[]): Omit<gan.Verdict, 'score'> {
  const classes = shape[1] ?? 0;
  const own = Array.from(data.subarray(row * classes, (row + 1) * classes));
  const most = Math.max(...own);
  const powers = own.map((logit) => Math.exp(logit - most));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return { className: classNames[own.indexOf(most)] ?? '', probability: 1 / total, probabilities: powers.map((power) => power / total) };
}
