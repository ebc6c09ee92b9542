import { tf, type Tensor } from '../engine';
import { sigmoid } from '../ops/activations';
import type { NetworkSpec } from './spec';

/**
 * What a network's outputs say where it is served: `logits` over the temperature and their `probabilities`; of a head `numbers` the
 * `values` in their own units. All [batch, classes].
 */
export function answersOf(outputs: Tensor, { head = 'classes', targets, temperature = 1 }: NetworkSpec): Record<string, Tensor> {
  if (head === 'numbers') return { values: targets ? outputs.mul(tf().tensor1d(targets.standardDeviation)).add(tf().tensor1d(targets.mean)) : outputs };
  const logits = temperature === 1 ? outputs : outputs.div(temperature);
  return { logits, probabilities: head === 'labels' ? sigmoid(logits) : logits.softmax() };
}
