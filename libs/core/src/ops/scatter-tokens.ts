import { tf, type Tensor } from '../engine';
import { differentiable } from './gradient';
import { FLOAT, INT32, rawOp } from './raw';

/**
 * What lies on the places of a sequence, by the tokens that stand there: result[b, t, v] is the sum of values[b, t, s] over all s with
 * tokens[b, s] = v. Can be differentiated as often as one likes by the values.
 *
 * @param values [batch, time, source], float32. @param tokens [batch, source], int32 in 0..vocabulary-1.
 * @returns [batch, time, vocabulary].
 */
export function scatterTokens(values: Tensor, tokens: Tensor, vocabulary: number): Tensor {
  const [batch, source] = tokens.shape as [number, number];
  // Rows by counting them: the graph of an exported model holds for any batch size.
  const rows = tf().ones([batch, 1], 'int32').cumsum(0, true).tile([1, source]);
  const places = tf().stack([rows, tokens], 2);
  return scatter(values.transpose([0, 2, 1]), places, [batch, vocabulary, values.shape[1] as number]).transpose([0, 2, 1]);
}

/** @param values [batch, source, time]. @param places [batch, source, 2]: indices of the first two axes of `shape`. */
function scatter(values: Tensor, places: Tensor, shape: number[]): Tensor {
  return differentiable(
    [values],
    (save) => {
      save(places);
      return rawOp('ScatterNd', [places, values, tf().tensor1d(shape, 'int32')], { T: FLOAT, Tindices: INT32 });
    },
    (dy, [saved]) => [gather(dy, saved as Tensor)],
  );
}

function gather(table: Tensor, places: Tensor): Tensor {
  const shape = table.shape;
  return differentiable(
    [table],
    (save) => {
      save(places);
      return rawOp('GatherNd', [table, places], { Tparams: FLOAT, Tindices: INT32 });
    },
    (dy, [saved]) => [scatter(dy, saved as Tensor, shape)],
  );
}
