import { QuartetError, type rnn } from '@quartet/contracts';
import type { HostTensor } from '@quartet/core';
import type { CallScope, FamilyRuntime } from '@quartet/service-kit';
import { readMatrix } from '../inputs/matrix';
import { missingOf } from '../inputs/missing';
import { manifestFor } from '../manifest';
import { sequenceInputs } from './sequences';

/** Classes of sequences, most likely first. */
export async function classify(runtime: FamilyRuntime, request: rnn.ClassifyRequest, call: CallScope): Promise<rnn.ClassifyResponse> {
  const version = await runtime.resolve(request.model, call);
  const { spec: plan, classNames } = manifestFor(version, 'classify');
  const top = request.topK || 1;
  if (top > plan.classes) throw QuartetError.invalid('top_k', `is ${top}; the model has ${plan.classes} classes. Ask for at most that many`);
  const most = runtime.settings.QUARTET_MAX_BATCH;
  const count = request.sequences.length;
  if (count === 0) throw QuartetError.invalid('sequences', `received none, expected 1 to ${most}`, 'EMPTY_BATCH');
  if (count > most) throw QuartetError.invalid('sequences', `received ${count}, expected at most ${most} (QUARTET_MAX_BATCH); split them into several calls`, 'BATCH_TOO_LARGE');
  const missing = missingOf(request.missing);
  const matrices = request.sequences.map((tensor, index) =>
    readMatrix(tensor, { field: `sequences[${index}]`, columns: plan.channels, columnNames: `${plan.channels} channels`, minRows: 1, maxRows: plan.maxSteps, missing }),
  );
  const inputs = sequenceInputs(matrices.map(({ rows, values }) => ({ steps: rows, values })), plan);
  const { probabilities } = (await runtime.infer(version, 'serving_default', inputs, call)) as { probabilities: HostTensor };
  return {
    results: matrices.map(({ interpolated }, row) => ({ classes: topClasses(probabilities.data.subarray(row * plan.classes, (row + 1) * plan.classes), top, classNames), interpolated })),
    modelVersion: version.version,
  };
}

function topClasses(scores: ArrayLike<number>, count: number, names: readonly string[]): rnn.ClassScore[] {
  const order = Array.from({ length: scores.length }, (_, index) => index).sort((a, b) => scores[b]! - scores[a]! || a - b);
  return order.slice(0, count).map((index) => ({ index, name: names[index] ?? `${index}`, probability: scores[index]! }));
}
