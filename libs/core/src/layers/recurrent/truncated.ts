import { tf, type Tensor } from '../../engine';
import { CoreError } from '../../errors';
import type { RecurrentCall, RecurrentLayer, RecurrentResult } from './recurrent-layer';

/**
 * Truncated backpropagation through time (Williams and Peng, 1990): the state goes on, its gradient is cut off every so many steps,
 * counted from the end of the sequence, where the loss is. For layers of one direction.
 *
 * @param steps 1 or more.
 */
export function truncated(layer: RecurrentLayer, steps: number): RecurrentLayer {
  if (!Number.isInteger(steps) || steps < 1) throw CoreError.invalid('steps', `received ${steps}, expected a whole number of at least 1`);
  return {
    ...layer,
    apply(x, call = {}): RecurrentResult {
      if (call.reverse) throw CoreError.invalid('reverse', 'received true for a truncated layer, which goes forward only');
      const all = Array.isArray(x) ? (x as readonly Tensor[]) : tf().unstack(x as Tensor, 1);
      let initial = call.initial;
      let result: RecurrentResult | undefined;
      const outputs: Tensor[] = [];
      for (let start = 0; start < all.length; ) {
        const end = start + ((all.length - start) % steps || steps);
        result = layer.apply(all.slice(start, end), { ...call, ...partOf(call, start, end - start), ...(initial && { initial }), ...(end < all.length && { onTimeGradients: undefined }) });
        outputs.push(...result.steps);
        initial = end < all.length ? result.states.map(withoutGradient) : result.states;
        start = end;
      }
      return { ...(result as RecurrentResult), steps: outputs };
    },
  };
}

/** What of the examples' lengths lies in a part of the sequence; 0 where it has ended, which carries the state through. */
function partOf({ lengths }: RecurrentCall, start: number, count: number): Pick<RecurrentCall, 'lengths'> {
  return lengths ? { lengths: lengths.sub(start).clipByValue(0, count).toInt() } : {};
}

function withoutGradient(tensor: Tensor): Tensor {
  const cut = tf().customGrad((x) => ({ value: (x as Tensor).clone(), gradFunc: (dy) => tf().zerosLike(dy) }));
  return cut(tensor);
}
