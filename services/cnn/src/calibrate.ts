import { cnn } from '@quartet/contracts';
import { ClassificationMetrics, evaluateTrained, fitTemperature, type ClassificationReport, type EvaluationSource, type Trainer } from '@quartet/core';
import type { Violations } from '@quartet/service-kit';

/** Logits that a temperature is fitted to at most: 128 MiB. */
const MOST_VALUES = 2 ** 25;

/** Fills the defaults in. */
export function resolveCalibration(given: cnn.Calibration | undefined, violations: Violations): cnn.Calibration {
  const resolved = { temperatureScaling: given?.temperatureScaling ?? true, unsureBelow: given?.unsureBelow ?? 0 };
  violations.number('calibration.unsure_below', resolved.unsureBelow, 0, 1);
  return resolved;
}

/** The temperature that fits a part's labels best (Guo et al., 2017). */
export async function temperatureOf(trainer: Trainer, part: EvaluationSource, classes: number): Promise<number> {
  const [logits, labels]: [Float32Array[], Int32Array[]] = [[], []];
  let values = 0;
  await evaluateTrained(trainer, part, classes, {
    see(scores, own) {
      if (values >= MOST_VALUES) return;
      values += scores.length;
      logits.push(scores.slice());
      labels.push(own.slice());
    },
  });
  return fitTemperature(joined(logits, Float32Array), joined(labels, Int32Array), classes);
}

/** A part's report with a temperature, and the calibration error without it. */
export async function measure(trainer: Trainer, part: EvaluationSource, classes: number, temperature: number): Promise<ClassificationReport & { errorBefore: number }> {
  const before = new ClassificationMetrics(classes);
  const report = await evaluateTrained(trainer, part, classes, { temperature, see: (logits, labels) => before.add(logits, labels) });
  return { ...report, errorBefore: before.report().calibrationError };
}

function joined<A extends Float32Array | Int32Array>(parts: readonly A[], Kind: new (length: number) => A): A {
  const all = new Kind(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
