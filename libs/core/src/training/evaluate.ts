import { setImmediate } from 'node:timers/promises';
import { CoreError } from '../errors';
import { ClassificationMetrics, type ClassificationReport } from '../metrics/classification';
import type { HostTensor } from '../tensor/host-tensor';
import type { EvaluationSource } from './batches';
import type { Trainer } from './trainer';

/** What can be measured: a Network, or a loaded InferenceModel. */
export interface Classifier {
  predict(x: HostTensor): { logits: HostTensor };
}

/**
 * Measures a classifier on labelled data (inputs `x` and `y`); between two batches other work of the thread runs.
 *
 * @throws CoreError UNUSABLE_DATASET when there are no examples, or a label isn't one of the classes; the signal's reason when it aborts.
 */
export async function evaluate(
  classifier: Classifier,
  source: EvaluationSource,
  classes: number,
  signal?: AbortSignal,
): Promise<ClassificationReport> {
  const metrics = new ClassificationMetrics(classes);
  for await (const { inputs, count } of source.batches()) {
    signal?.throwIfAborted();
    const { logits } = classifier.predict(inputs.x as HostTensor);
    metrics.add(logits.data, inputs.y?.data ?? [], count);
    await setImmediate();
  }
  const report = metrics.report();
  if (report.count === 0) throw new CoreError('UNUSABLE_DATASET', 'received no example to evaluate on, expected at least one');
  return report;
}

export interface EvaluateTrainedOptions {
  /** By which logits are divided first. Default 1. */
  temperature?: number;
  /** Told of the logits of each batch, undivided, and its labels: those rows that count. */
  see?: (logits: Float32Array, labels: Int32Array) => void;
  signal?: AbortSignal;
}

/** As `evaluate`, of the classifier that a trainer trains (see classificationObjective), in the trainer's captured session. */
export async function evaluateTrained(
  trainer: Trainer,
  source: EvaluationSource,
  classes: number,
  { temperature, see, signal }: EvaluateTrainedOptions = {},
): Promise<ClassificationReport> {
  const metrics = new ClassificationMetrics(classes, temperature);
  await trainer.evaluate(source, {
    outputs: ['logits'],
    see: ({ inputs, count }, { logits }) => {
      const [scores, labels] = [logits!.data as Float32Array, inputs.y!.data as Int32Array];
      metrics.add(scores, labels, count);
      see?.(scores.subarray(0, count * classes), labels.subarray(0, count));
    },
    signal,
  });
  return metrics.report();
}
