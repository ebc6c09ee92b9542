import { tf } from '../engine';
import { Parameters } from '../layers/parameters';
import { deriveSeed } from '../random';
import type { BatchSource } from '../training/batches';
import type { ExampleBatch } from '../training/objective';
import { regressionObjective } from '../training/regression';

/** y = x * kernel, three numbers to one: its gradients can be written down. */
export function linearModel(start = [0.5, -0.25, 0.125]) {
  const parameters = new Parameters(1);
  const kernel = parameters.weight('kernel', [3, 1], (shape) => tf().tensor(start, shape));
  const objective = regressionObjective({
    weights: parameters.all,
    forward: (x) => x.matMul(kernel),
    inputShape: [3],
    targetShape: [1],
    fingerprint: 'linear',
  });
  return { objective, kernel, values: () => [...kernel.dataSync()], dispose: () => parameters.dispose() };
}

/** Examples (x1, x2, x3) with target 2 x1 - x2 + 3 x3, drawn for each (epoch, step). */
export function lines(stepsPerEpoch: number, batchSize: number): BatchSource {
  return { stepsPerEpoch, batch: (epoch, step) => lineBatch(deriveSeed(1, epoch, step), batchSize) };
}

export function lineBatch(seed: number, count: number): ExampleBatch {
  const x = Float32Array.from({ length: count * 3 }, (_, index) => Math.sin(seed + index * 12.9898) );
  const y = Float32Array.from({ length: count }, (_, row) => 2 * x[row * 3]! - x[row * 3 + 1]! + 3 * x[row * 3 + 2]!);
  return { inputs: { x: { dtype: 'float32', shape: [count, 3], data: x }, y: { dtype: 'float32', shape: [count, 1], data: y } }, count };
}

/** Loss, mean absolute error and the gradient of the mean squared error, in double precision. */
export function lineGradient(kernel: readonly number[], { inputs, count }: ExampleBatch): { loss: number; mae: number; gradient: number[] } {
  const [x, y] = [inputs.x!.data, inputs.y!.data];
  const gradient = [0, 0, 0];
  let [loss, mae] = [0, 0];
  for (let row = 0; row < count; row += 1) {
    const error = kernel.reduce((sum, weight, column) => sum + weight * x[row * 3 + column]!, 0) - y[row]!;
    loss += error ** 2 / count;
    mae += Math.abs(error) / count;
    for (let column = 0; column < 3; column += 1) gradient[column]! += (2 * error * x[row * 3 + column]!) / count;
  }
  return { loss, mae, gradient };
}
