import { Philox, Purpose } from './philox';

/**
 * Fills `out` with normal numbers of mean 0, as a pure function of (seed, index): Box and Muller's transform (1958).
 *
 * @param seed Unsigned 64 bit. @param index Of the draw, such as an image's place in a batch.
 */
export function philoxNormals(seed: bigint | number, index: number, out: Float32Array, deviation = 1): void {
  const random = new Philox(seed, Purpose.latent).seek(0, index);
  for (let at = 0; at < out.length; at += 2) {
    // 1 - unit is above 0, so that its logarithm is finite.
    const radius = deviation * Math.sqrt(-2 * Math.log(1 - random.unit()));
    const angle = 2 * Math.PI * random.unit();
    out[at] = radius * Math.cos(angle);
    if (at + 1 < out.length) out[at + 1] = radius * Math.sin(angle);
  }
}
