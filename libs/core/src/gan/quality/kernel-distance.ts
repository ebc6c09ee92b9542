import { scoped, tf, type Tensor } from '../../engine';

/**
 * Kernel distance of two sets of features (Binkowski et al., 2018): the unbiased squared maximum mean discrepancy under the kernel
 * (x y / size + 1)^3. Around 0 where both are of one distribution, and then as often below as above it.
 *
 * @param real [count, size], row-major. @param fake [count, size]; each of two examples or more.
 */
export function kernelDistance(real: Float32Array, fake: Float32Array, size: number): number {
  return scoped(() => {
    const [a, b] = [tf().tensor2d(real, [real.length / size, size]), tf().tensor2d(fake, [fake.length / size, size])];
    const kernel = (x: Tensor, y: Tensor): Tensor => x.matMul<Tensor>(y, false, true).div(size).add(1).pow(3);
    const within = (x: Tensor): Tensor => {
      const count = x.shape[0];
      const own = x.square().sum(1).div(size).add(1).pow(3).sum();
      return kernel(x, x).sum().sub(own).div(count * (count - 1));
    };
    return within(a).add(within(b)).sub(kernel(a, b).mean().mul(2)).dataSync()[0] ?? NaN;
  });
}
