/** uint8 0..255 -> float32 0..1, correctly rounded. */
export const UNIT = Float32Array.from({ length: 256 }, (_, value) => value / 255);
