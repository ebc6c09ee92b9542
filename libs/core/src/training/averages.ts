import type { Tensor, Variable } from '../engine';
import type { NamedVariable } from '../layers/layer';

/** Runs `work` with weights that hold their averages, and gives them their own values back. @param averages By the weight's name. */
export function withAverages<T>(weights: readonly NamedVariable[], averages: ReadonlyMap<string, Variable>, work: () => T): T {
  if (averages.size === 0) return work();
  const own: [Variable, Tensor][] = [];
  try {
    for (const { name, variable } of weights) {
      const average = averages.get(name);
      if (!average) continue;
      own.push([variable, variable.clone()]);
      variable.assign(average);
    }
    return work();
  } finally {
    for (const [variable, value] of own) {
      variable.assign(value);
      value.dispose();
    }
  }
}
