import { tf, type Tensor } from '../engine';
import { CoreError } from '../errors';
import { matMul } from '../ops/mat-mul';
import { formatShape } from '../tensor/host-tensor';
import { glorotUniform } from './initializers';
import type { Parameters } from './parameters';

export interface Attended {
  /** [batch, queries, memory units]: means of the memory, by the weights. */
  context: Tensor;
  /** [batch, queries, time]: for each query they add up to 1, and are 0 where the mask is. */
  weights: Tensor;
}

/** Looks up a memory of several steps by queries. */
export interface Attention {
  /** What the memory is compared by, [batch, time, ...]: computed once, however many queries come. */
  keys(memory: Tensor): Tensor;
  /**
   * @param queries [batch, queries, query units]. @param memory [batch, time, memory units].
   * @param mask [batch, time] of 0 and 1, at least one 1 for each example: see sequenceMask.
   * @param bias [batch, queries, time]: added to the scores. Default: nothing.
   */
  apply(queries: Tensor, keys: Tensor, memory: Tensor, mask: Tensor, bias?: Tensor): Attended;
}

/** Luong's general score, query . (kernel memory) (Luong et al., 2015). Weight: `kernel` [memory units, query units]. */
export function luongAttention(parameters: Parameters, queryUnits: number, memoryUnits: number): Attention {
  const kernel = parameters.weight('kernel', [memoryUnits, queryUnits], glorotUniform);
  return {
    keys: (memory) => project(memory, kernel),
    apply: (queries, keys, memory, mask, bias) => attend(tf().matMul(queries, keys, false, true), memory, mask, bias),
  };
}

/**
 * Bahdanau's additive score, scale . tanh(query_kernel query + memory_kernel memory) (Bahdanau et al., 2015). Needs room for
 * [batch, queries, time, units]. Weights: `query_kernel` [query units, units], `memory_kernel` [memory units, units], `scale` [units].
 */
export function bahdanauAttention(parameters: Parameters, queryUnits: number, memoryUnits: number, units: number): Attention {
  const queryKernel = parameters.weight('query_kernel', [queryUnits, units], glorotUniform);
  const memoryKernel = parameters.weight('memory_kernel', [memoryUnits, units], glorotUniform);
  const scale = parameters.weight('scale', [units], glorotUniform);
  return {
    keys: (memory) => project(memory, memoryKernel),
    apply(queries, keys, memory, mask, bias) {
      const both = project(queries, queryKernel).expandDims(2).add(keys.expandDims(1)).tanh();
      const [batch, count] = queries.shape as [number, number];
      const scores = matMul(both.reshape([-1, units]), scale.reshape([units, 1])).reshape([batch, count, memory.shape[1] as number]);
      return attend(scores, memory, mask, bias);
    },
  };
}

/** Takes a score far below all others, and is yet finite, so that no NaN comes of it. */
const FAR = 1e9;

function attend(given: Tensor, memory: Tensor, mask: Tensor, bias: Tensor | undefined): Attended {
  if (formatShape(mask.shape) !== formatShape(memory.shape.slice(0, 2))) {
    throw new CoreError('SHAPE_MISMATCH', `mask: received ${formatShape(mask.shape)} for a memory of ${formatShape(memory.shape)}, expected one number for each of its steps`);
  }
  const scores = bias ? given.add(bias) : given;
  const weights = tf().softmax(scores.add(mask.sub(1).mul(FAR).expandDims(1)));
  return { weights, context: tf().matMul(weights, memory) };
}

/** [batch, time, units] by [units, outputs] -> [batch, time, outputs]. */
function project(x: Tensor, kernel: Tensor): Tensor {
  const [units, outputs] = kernel.shape as [number, number];
  return matMul(x.reshape([x.size / units, units]), kernel).reshape([...x.shape.slice(0, -1), outputs]);
}
