import { tf, type Tensor } from '../../engine';
import { CoreError } from '../../errors';
import type { Parameters } from '../parameters';
import type { RecurrentCall, RecurrentLayer, RecurrentResult } from './recurrent-layer';

export type Merge = 'concat' | 'sum';

/**
 * Two layers over the same sequence, one from its start and one from its end (Schuster and Paliwal, 1997); neither waits for the other, so
 * that a captured step runs them on two cores. Outputs after an example's end are 0, as in Keras. The states are the forward layer's and
 * then the backward layer's; `last` joins the two directions' last states.
 *
 * @param make Makes one direction's layer; called with the scopes `forward` and `backward`.
 */
export function bidirectional(parameters: Parameters, make: (parameters: Parameters) => RecurrentLayer, merge: Merge = 'concat'): RecurrentLayer {
  const [forward, backward] = [make(parameters.scope('forward')), make(parameters.scope('backward'))];
  const join = (a: Tensor, b: Tensor): Tensor => (merge === 'sum' ? a.add(b) : tf().concat([a, b], 1));
  const stateUnits = [...forward.stateUnits, ...backward.stateUnits];
  return {
    units: merge === 'sum' ? forward.units : forward.units + backward.units,
    stateUnits,
    apply(x, call = {}): RecurrentResult {
      if (call.reverse) throw new CoreError('INVALID_FIELD', 'reverse: received true for a bidirectional layer, which goes both ways');
      const steps = Array.isArray(x) ? (x as readonly Tensor[]) : tf().unstack(x as Tensor, 1);
      const initial = shares(call.initial, [forward, backward]);
      const run = (layer: RecurrentLayer, index: number, name: string): RecurrentResult =>
        layer.apply(steps, { ...within(call, name), ...initial[index], reverse: index === 1, zeroMasked: true });
      const [ahead, back] = [run(forward, 0, 'forward'), run(backward, 1, 'backward')];
      return {
        steps: ahead.steps.map((step, index) => join(step, back.steps[index] as Tensor)),
        last: join(ahead.last, back.last),
        states: [...ahead.states, ...back.states],
      };
    },
  };
}

/** Layers one above the other. The states are the first layer's, then the second's, and so on. */
export function stacked(layers: readonly RecurrentLayer[]): RecurrentLayer {
  const top = layers.at(-1);
  if (!top) throw new CoreError('INVALID_FIELD', 'layers: received none, expected one or more');
  return {
    units: top.units,
    stateUnits: layers.flatMap((layer) => layer.stateUnits),
    apply(x, call = {}): RecurrentResult {
      const initial = shares(call.initial, layers);
      let input = x;
      const results = layers.map((layer, index) => {
        const rest = index === 0 ? {} : { inputGradient: true };
        const result = layer.apply(input, { ...within(call, String(index)), ...initial[index], ...rest, ...(layer !== top && { sequences: true }) });
        input = result.steps;
        return result;
      });
      return { ...(results.at(-1) as RecurrentResult), states: results.flatMap((result) => result.states) };
    },
  };
}

/** Each layer's part of the initial states. */
function shares(initial: RecurrentCall['initial'], layers: readonly RecurrentLayer[]): Pick<RecurrentCall, 'initial'>[] {
  if (!initial) return layers.map(() => ({}));
  const expected = layers.reduce((sum, layer) => sum + layer.stateUnits.length, 0);
  if (initial.length !== expected) throw new CoreError('SHAPE_MISMATCH', `initial: received ${initial.length} states, expected ${expected}`);
  let start = 0;
  return layers.map(({ stateUnits }) => {
    start += stateUnits.length;
    return { initial: initial.slice(start - stateUnits.length, start) };
  });
}

/** The call for a part of a compound. */
function within(call: RecurrentCall, name: string): RecurrentCall {
  const { onTimeGradients } = call;
  if (!onTimeGradients) return call;
  return { ...call, onTimeGradients: (norms, path) => onTimeGradients(norms, path ? `${name}.${path}` : name) };
}
