import { ClassificationMetrics, type HostTensor } from '@quartet/core';
import { evaluationExamples } from './batches';
import type { LabelledExamples } from './inputs';
import { medianClass, ordinalReport } from './ordinal';
import type { ClassifierPlan } from './plan';

export interface ClassifierReport {
  /** By name: accuracy, loss, f1, examples; of ordered classes also mean_absolute_error and quadratic_kappa, of the median. */
  metrics: Record<string, number>;
  /** [true class][most likely class]: examples. */
  confusionMatrix: number[][];
}

/** How a trained classifier does on a part. @param run Of a batch's inputs, [batch, classes]: probabilities. */
export function measureClassifier(part: LabelledExamples, plan: ClassifierPlan, run: (inputs: Record<string, HostTensor>) => HostTensor): ClassifierReport {
  const metrics = new ClassificationMetrics(plan.classes);
  const medians = Array.from({ length: plan.classes }, () => new Array<number>(plan.classes).fill(0));
  for (const { inputs: given, count } of evaluationExamples(part, plan).batches()) {
    const { y, ...inputs } = given;
    const probabilities = run(inputs).data as Float32Array;
    // The metrics take logits, of which logarithms of probabilities are some.
    metrics.add(probabilities.map((probability) => Math.log(Math.max(probability, 1e-30))), y!.data, count);
    for (let row = 0; row < count; row++) medians[y!.data[row]!]![medianClass(probabilities.subarray(row * plan.classes, (row + 1) * plan.classes))]! += 1;
  }
  const { accuracy, loss, macro, count, confusionMatrix } = metrics.report();
  const { meanAbsoluteError, quadraticKappa } = ordinalReport(medians);
  const ordinal: Record<string, number> = plan.ordinal ? { mean_absolute_error: meanAbsoluteError, quadratic_kappa: quadraticKappa } : {};
  return { metrics: { accuracy, loss, f1: macro.f1, examples: count, ...ordinal }, confusionMatrix };
}
