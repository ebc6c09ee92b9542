import { scoped, tf, type Tensor } from '../../engine';
import { FLOAT, INT32, rawOps } from '../../ops/raw';

export interface ManifoldReport {
  /** Share of generated examples within reach of a real one, and of real ones within reach of a generated one (Kynkäänniemi et al., 2019). */
  precision: number;
  recall: number;
  /** Real examples within whose reach a generated one lies, on average, over k; and share of real examples that have one in theirs (Naeem et al., 2020). */
  density: number;
  coverage: number;
}

/** An example's reach is the distance to its k-th nearest of its own kind. */
const NEAREST = 5;

/** @param real [count, size], row-major. @param fake [count, size]; each of more than k examples. */
export function compareManifolds(real: Float32Array, fake: Float32Array, size: number, k = NEAREST): ManifoldReport {
  return scoped(() => {
    const [a, b] = [tf().tensor2d(real, [real.length / size, size]), tf().tensor2d(fake, [fake.length / size, size])];
    const [reachOfReal, reachOfFake] = [reach(a, k), reach(b, k)];
    const between = squaredDistances(a, b); // [real, fake]
    const nearReal = between.lessEqual(reachOfReal.expandDims(1)).cast('float32');
    const nearFake = between.lessEqual(reachOfFake.expandDims(0)).cast('float32');
    const mean = (tensor: Tensor): number => tensor.mean().dataSync()[0] ?? NaN;
    return {
      precision: mean(nearReal.max(0)),
      recall: mean(nearFake.max(1)),
      density: mean(nearReal.sum(0)) / k,
      coverage: mean(nearReal.max(1)),
    };
  });
}

/** [count]: the squared distance to the k-th nearest other one. */
function reach(points: Tensor, k: number): Tensor {
  const own = squaredDistances(points, points);
  const [negated] = rawOps('TopKV2', [own.neg(), tf().scalar(k + 1, 'int32')], { T: FLOAT, sorted: { bool: true }, Tk: INT32, index_type: INT32 }, 2) as [Tensor, Tensor];
  return negated.slice([0, k], [points.shape[0], 1]).reshape([-1]).neg();
}

function squaredDistances(a: Tensor, b: Tensor): Tensor {
  const norms = (x: Tensor): Tensor => x.square().sum(1);
  return norms(a).expandDims(1).add(norms(b).expandDims(0)).sub(a.matMul<Tensor>(b, false, true).mul(2)).maximum(0);
}
