import type { ModelFunction } from '../artifact/export-model';
import { tf, type Tensor } from '../engine';
import type { EncoderDecoder } from './decoder';

/** Names of the decoder's states, `state0`, `state1`, ..., and of those after a step, `nextState0`, ... */
export const stateNames = (count: number, next = false): string[] => Array.from({ length: count }, (_, index) => `${next ? 'nextState' : 'state'}${index}`);

/**
 * The two functions that a decoder in another place needs, for writeModel:
 *
 * - `encode`: `source` [sourceLength] and `sourceLength` [], int32, give `memory` and the first states.
 * - `step`: `token` [], int32, the states, `memory` and `sourceLength` (and `source`, of a decoder that copies) give `logProbabilities` [target tokens] of the next token, its
 *   `attention` [source] over the source, and the next states.
 *
 * @param sourceLength That sources are padded to; of any value.
 */
export function decoderFunctions(model: EncoderDecoder, sourceLength: number): Record<'encode' | 'step', ModelFunction> {
  const { memoryUnits, options } = model;
  const stateUnits = model.stateUnits(sourceLength);
  const names = stateNames(stateUnits.length);
  const context = { training: false };
  const int32 = (shape: number[]) => ({ dtype: 'int32' as const, shape });
  const float32 = (shape: number[]) => ({ dtype: 'float32' as const, shape });
  const named = (keys: readonly string[], states: readonly Tensor[]): Record<string, Tensor> => Object.fromEntries(keys.map((name, index) => [name, states[index] as Tensor]));
  return {
    encode: {
      inputs: { source: int32([sourceLength]), sourceLength: int32([]) },
      compute(inputs) {
        const { memory, states } = model.encode(inputs.source!, inputs.sourceLength!, context);
        return { memory, ...named(names, states) };
      },
    },
    step: {
      inputs: {
        token: int32([]),
        sourceLength: int32([]),
        ...(options.copy && { source: int32([sourceLength]) }),
        memory: float32([sourceLength, memoryUnits]),
        ...Object.fromEntries(names.map((name, index) => [name, float32([stateUnits[index] as number])])),
      },
      compute(inputs) {
        const encoded = { source: inputs.source, memory: inputs.memory!, states: names.map((name) => inputs[name]!) };
        const { logits, attention, states } = model.decode(inputs.token!.expandDims(1), encoded, inputs.sourceLength!, context);
        return { logProbabilities: tf().logSoftmax(logits.squeeze([1])), attention: attention.squeeze([1]), ...named(stateNames(names.length, true), states) };
      },
    },
  };
}
