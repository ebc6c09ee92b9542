import { tf, type Tensor } from '../engine';

/** What a match that lies one token back still counts. */
const DECAY = 0.7;

export interface FollowOn {
  /** [batch, target, source]: 1 where the place before this one has the token that was written last. */
  next: Tensor;
  /** [batch, target, source]: how well what stands before a place agrees with what was written last, 0 to below 1 / (1 - DECAY). */
  run: Tensor;
  /** [batch, source]: the last of `run`, to go on from. */
  last: Tensor;
}

/**
 * Which places of a source go on what was written: with tokens x of the source and y given to the decoder,
 *
 *     run_t[j] = [x_j-1 = y_t] + DECAY run_t-1[j-1]
 *
 * A run of equal tokens outweighs one that happens to be equal, and a token in its midst that was written otherwise doesn't end it. The selective
 * read of Gu et al. (2016) tells the decoder the same of one token. A start token within the source makes the place after it a place to begin at.
 * Nothing in it is learnt.
 *
 * @param source [batch, source], int32. @param inputs [batch, target], int32, what the decoder is given. @param initial [batch, source].
 */
export function followOn(source: Tensor, inputs: Tensor, initial: Tensor): FollowOn {
  const [batch, places] = source.shape as [number, number];
  // No token is -1: nothing stands before the first place.
  const before = tf().concat([tf().fill([batch, 1], -1, 'int32'), source.slice([0, 0], [batch, places - 1])], 1);
  const next = before.expandDims(1).equal(inputs.expandDims(2)).cast('float32');
  const runs: Tensor[] = [];
  let last = initial;
  for (const now of tf().unstack(next, 1)) {
    last = now.add(last.slice([0, 0], [batch, places - 1]).pad([[0, 0], [1, 0]]).mul(DECAY));
    runs.push(last);
  }
  return { next, run: tf().stack(runs, 1), last };
}
