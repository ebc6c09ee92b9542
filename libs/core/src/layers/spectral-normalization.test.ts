import { scoped, startEngine, tf, type Tensor } from '../engine';
import { rawOps, FLOAT } from '../ops/raw';
import { gradientError } from '../testing/finite-differences';
import { conv2d } from './convolution';
import { dense } from './dense';
import { Parameters } from './parameters';

beforeAll(() => {
  startEngine();
});

const largestSingularValue = (matrix: Tensor): number => rawOps('Svd', [matrix], { T: FLOAT, compute_uv: { bool: false } }, 3)[0]!.dataSync()[0]!;
const identity = (size: number): Tensor => tf().eye(size);

test('divides the kernel by its largest singular value, found by power iteration in training', () => {
  const parameters = new Parameters(4);
  const layer = dense(parameters, 6, 4, { bias: false, spectralNormalization: true });
  expect(parameters.all.map(({ name, trainable }) => [name, trainable])).toEqual([['kernel', true], ['u', false]]);
  scoped(() => {
    const kernel = parameters.all[0]!.variable;
    const wanted = kernel.div(largestSingularValue(kernel));
    const error = (): number => layer(identity(6), { training: false }).sub(wanted).abs().max().dataSync()[0]!;
    const before = error();
    layer(identity(6), { training: false });
    expect(error()).toBe(before);
    for (let step = 0; step < 100; step += 1) layer(identity(6), { training: true });
    expect(error()).toBeLessThan(1e-5);
  });
  parameters.dispose();
});

test('its gradient is that of the normalized kernel, once the iteration has converged', () => {
  const parameters = new Parameters(4);
  const layer = conv2d(parameters, 2, 3, { kernelSize: 2, spectralNormalization: true });
  scoped(() => {
    const random = { seed: 1, step: tf().scalar(0, 'int32') };
    const x = tf().randomNormal([2, 4, 4, 2], 0, 1, 'float32', 3);
    const slope = tf().randomNormal([2, 4, 4, 3], 0, 1, 'float32', 4);
    for (let step = 0; step < 200; step += 1) layer(x, { training: true, random });
    const kernel = parameters.all.find(({ name }) => name === 'kernel')!.variable;
    const at = kernel.dataSync() as Float32Array;
    const loss = (): Tensor => layer(x, { training: false }).mul(slope).sum();
    const gradient = tf().variableGrads(() => loss().asScalar(), [kernel]).grads[kernel.name]!;
    const value = ([moved]: Float32Array[]): number => {
      kernel.assign(tf().tensor(moved!, kernel.shape));
      return loss().dataSync()[0]!;
    };
    expect(gradientError({ value, gradients: [gradient.dataSync() as Float32Array] }, [at.slice()])).toBeLessThan(1e-2);
  });
  parameters.dispose();
});
