import { ClassificationMetrics, type HostTensor } from '@quartet/core';
import { UNKNOWN } from '../text/tokenizer';
import { evaluationSentences } from './batches';
import type { TaggerPlan } from './plan';
import type { TaggedSentence } from './sentences';
import { marksSpans, SpanScores } from './spans';

export interface TaggerReport {
  /** By name: accuracy, loss, f1 (macro), tokens, sentences; unknown_accuracy, of tokens that training didn't have; span_f1 of tags that mark spans. */
  metrics: Record<string, number>;
  /** [true tag][likeliest tag]: tokens. */
  confusionMatrix: number[][];
}

/** How a trained tagger does on a part. @param run Of a batch's inputs, [batch, time, tags]: probabilities. */
export function measureTagger(sentences: readonly TaggedSentence[], plan: TaggerPlan, names: readonly string[], run: (inputs: Record<string, HostTensor>) => HostTensor): TaggerReport {
  const metrics = new ClassificationMetrics(plan.tags);
  const spans = marksSpans(names) ? new SpanScores() : undefined;
  const unknown = { count: 0, right: 0 };
  for (const { inputs: given, count } of evaluationSentences(sentences, plan).batches()) {
    const { y, ...inputs } = given;
    const probabilities = run(inputs).data as Float32Array;
    const [, time] = y!.shape as [number, number];
    for (let row = 0; row < count; row++) {
      const steps = inputs['lengths']!.data[row]!;
      const truth = y!.data.subarray(row * time, row * time + steps);
      const scores = probabilities.subarray(row * time * plan.tags, (row * time + steps) * plan.tags);
      // The metrics take logits, of which logarithms of probabilities are some.
      metrics.add(scores.map((probability) => Math.log(Math.max(probability, 1e-30))), truth);
      const predicted = Array.from({ length: steps }, (_, step) => likeliest(scores.subarray(step * plan.tags, (step + 1) * plan.tags)));
      predicted.forEach((tag, step) => {
        if (inputs['ids']!.data[row * time + step] !== UNKNOWN) return;
        unknown.count += 1;
        unknown.right += Number(tag === truth[step]);
      });
      spans?.add(Array.from(truth, (tag) => names[tag]!), predicted.map((tag) => names[tag]!));
    }
  }
  const { accuracy, loss, macro, count, confusionMatrix } = metrics.report();
  return {
    metrics: {
      accuracy,
      loss,
      f1: macro.f1,
      tokens: count,
      sentences: sentences.length,
      unknown_tokens: unknown.count,
      unknown_accuracy: unknown.right / Math.max(unknown.count, 1),
      ...(spans && { span_f1: spans.f1 }),
    },
    confusionMatrix,
  };
}

/** Index of the largest; of equal ones the first. */
export function likeliest(scores: ArrayLike<number>): number {
  let best = 0;
  for (let index = 1; index < scores.length; index++) if (scores[index]! > scores[best]!) best = index;
  return best;
}
