import { ClassificationMetrics, evaluateTrained, MultiLabelMetrics, NumbersMetrics, type EvaluationSource, type Network, type Trainer } from '@quartet/core';

/** What a part says of a trained network: metrics by name, and what the manifest keeps besides. */
export interface Measured {
  metrics: Record<string, number>;
  extra: Record<string, unknown>;
}

/**
 * Measures a trained network on a part, by its head.
 * @param temperature that it is served with; undefined: it wasn't calibrated
 */
export function measure(trainer: Trainer, part: EvaluationSource, network: Network, names: readonly string[], temperature?: number): Promise<Measured> {
  switch (network.spec.head) {
    case 'labels':
      return measureLabels(trainer, part, names, temperature);
    case 'numbers':
      return measureNumbers(trainer, part, names);
    default:
      return measureClasses(trainer, part, names.length, temperature);
  }
}

/** As {@link measure}, of a head of classes. */
export async function measureClasses(trainer: Trainer, part: EvaluationSource, classes: number, temperature?: number): Promise<Measured> {
  const before = temperature === undefined ? undefined : new ClassificationMetrics(classes);
  const report = await evaluateTrained(trainer, part, classes, { temperature, see: (logits, labels) => before?.add(logits, labels) });
  const metrics: Measured['metrics'] = { accuracy: report.accuracy, loss: report.loss, f1: report.macro.f1, calibrationError: report.calibrationError, examples: report.count };
  if (before) metrics['calibrationErrorBefore'] = before.report().calibrationError;
  return { metrics, extra: { confusionMatrix: report.confusionMatrix } };
}

async function measureLabels(trainer: Trainer, part: EvaluationSource, names: readonly string[], temperature?: number): Promise<Measured> {
  const gathered = new MultiLabelMetrics(names.length, temperature);
  await trainer.evaluate(part, { outputs: ['logits'], see: ({ inputs, count }, { logits }) => gathered.add(logits!.data, inputs['targets']!.data, count) });
  const { loss, exactMatch, macroF1, microF1, meanAveragePrecision, count, perLabel } = gathered.report();
  return { metrics: { loss, exactMatch, f1: macroF1, microF1, meanAveragePrecision, examples: count }, extra: { labelScores: perLabel.map((scores, index) => ({ name: names[index], ...scores })) } };
}

async function measureNumbers(trainer: Trainer, part: EvaluationSource, names: readonly string[]): Promise<Measured> {
  const gathered = new NumbersMetrics(names.length);
  await trainer.evaluate(part, { outputs: ['values'], see: ({ inputs, count }, { values }) => gathered.add(values!.data, inputs['targets']!.data, count) });
  const { mae, rmse, count, perNumber } = gathered.report();
  return { metrics: { mae, rmse, examples: count }, extra: { numberScores: perNumber.map((scores, index) => ({ name: names[index], ...scores })) } };
}
