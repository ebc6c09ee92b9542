import { dropout, tf, type Layer, type Parameters } from '@quartet/core';
import { UNKNOWN } from './tokenizer';

/**
 * In training takes a share of the tokens for unknown ones (Iyyer et al., 2015), so that the network learns what to make of those, and leans on
 * no word alone. From and to int32 [batch, time].
 *
 * @param rate 0 to 0.95.
 */
export function wordDropout(parameters: Parameters, rate: number): Layer {
  const drop = dropout(parameters, rate);
  return (ids, context) => {
    if (!context.training || rate === 0) return ids;
    const kept = drop(tf().ones(ids.shape), context).greater(0).cast('int32');
    return ids.sub(UNKNOWN).mul(kept).add(UNKNOWN);
  };
}
