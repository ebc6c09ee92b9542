import { tf, type Tensor } from '../engine';

// Sequences shorter than the longest end in NaN.

/** Zeros in place of NaN. Nothing else has any, and is left alone. @param x [batch, ...]. */
export const present = (x: Tensor): Tensor => (x.rank === 3 ? tf().where(x.isNaN(), tf().zerosLike(x), x) : x);

/** 1 where there is a number and 0 where there is none, the shape of x. @param x [batch, time, channels]. */
export const presence = (x: Tensor): Tensor => x.isNaN().logicalNot().cast('float32');

/** Steps of each sequence, at least 1: [batch], int32. @param x [batch, time, channels]. */
export const lengthsOf = (x: Tensor): Tensor => presence(x).max(2).sum(1).maximum(1).cast('int32');
