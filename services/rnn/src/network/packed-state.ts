import { tf, type Tensor } from '@quartet/core';

/** Several states as one tensor [batch, all widths], as it goes in and out of a `step` and is kept between them. Zeros at a sequence's start. */
export interface PackedState {
  readonly width: number;
  /** Each [batch, its own width]. */
  unpack(state: Tensor): Tensor[];
  pack(states: readonly Tensor[]): Tensor;
}

export function packedState(widths: readonly number[]): PackedState {
  return {
    width: widths.reduce((sum, width) => sum + width, 0),
    unpack(state) {
      let start = 0;
      return widths.map((width) => {
        start += width;
        return state.slice([0, start - width], [state.shape[0], width]);
      });
    },
    pack: (states) => tf().concat([...states], 1),
  };
}
