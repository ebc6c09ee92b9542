import { Philox, Purpose, shuffle } from './philox';

/** The rows in an order that seed and epoch decide, in a copy. */
export function epochOrder(rows: Uint32Array, seed: bigint | number, epoch: number): Uint32Array {
  const order = Uint32Array.from(rows);
  shuffle(order, new Philox(seed, Purpose.shuffle).seek(epoch, 0));
  return order;
}
