import type { ForwardContext } from '../layer';
import type { RecurrentCall } from './recurrent-layer';

/**
 * The part of a recurrent layer's call that lets a training watch its gradient through time.
 *
 * @param name Of the layer, as in the names of its weights: `encoder`.
 * @example layer.apply(x, { ...watching(context, 'recurrent'), lengths })
 */
export function watching({ onTimeGradients }: ForwardContext, name: string): Pick<RecurrentCall, 'onTimeGradients'> {
  return onTimeGradients ? { onTimeGradients: (norms, path) => onTimeGradients(norms, path ? `${name}.${path}` : name) } : {};
}
