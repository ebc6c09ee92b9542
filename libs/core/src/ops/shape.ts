import { tf, type Tensor } from '../engine';

/** An int32 vector of sizes. */
export const sizes = (shape: readonly number[]): Tensor => tf().tensor1d([...shape], 'int32');
