import { tf, type Tensor } from '../engine';
import { differentiable } from './gradient';
import { FLOAT, INT32, rawOp } from './raw';

/**
 * Rows of a table. Its gradient is dense: rows that occur more than once get the sum. Can be differentiated as often as one likes.
 *
 * @param table [rows, features]. @param indices [...], int32 in 0..rows-1.
 * @returns [..., features].
 */
export function gatherRows(table: Tensor, indices: Tensor): Tensor {
  return differentiable(
    [table],
    (save) => {
      save(indices);
      return rawOp('GatherV2', [table, indices, tf().scalar(0, 'int32')], { Tparams: FLOAT, Tindices: INT32, Taxis: INT32, batch_dims: { int: 0 } });
    },
    (dy, [saved]) => [sumRows(dy, saved as Tensor, table.shape[0])],
  );
}

function sumRows(dy: Tensor, indices: Tensor, rows: number): Tensor {
  return differentiable(
    [dy],
    (save) => {
      save(indices);
      return rawOp('UnsortedSegmentSum', [dy, indices, tf().scalar(rows, 'int32')], { T: FLOAT, Tindices: INT32, Tnumsegments: INT32 });
    },
    (ddt, [saved]) => [gatherRows(ddt, saved as Tensor)],
  );
}
