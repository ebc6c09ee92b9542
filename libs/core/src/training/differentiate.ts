import { tf, type Scalar, type Tensor } from '../engine';
import { CoreError } from '../errors';
import type { NamedVariable } from '../layers/layer';
import { rawOp } from '../ops/raw';
import type { Objective, ObjectiveInputs } from './objective';

export interface Differentiated {
  loss: Scalar;
  /** In the objective's order. */
  metrics: Scalar[];
  /** One for each trainable weight. */
  gradients: Tensor[];
  /** [trainable weights]: the L2 norm of each gradient. */
  norms: Tensor;
  /** Of all gradients together. */
  norm: Scalar;
  /** By the layer's name: share of a ReLU's units, those along the last axis, that give 0 for the whole batch. */
  deadUnits: { layer: string; share: Scalar }[];
  /** |dL/dh_t|, [time], by the path of the recurrent cell. */
  timeGradients: { path: string; norms: Tensor }[];
}

/** Loss, metrics and gradients of one batch. Frees what it makes on the way. */
export function differentiate(objective: Objective, trainable: readonly NamedVariable[], given: ObjectiveInputs): Differentiated {
  const kept: Tensor[] = [];
  // What is made within outlives it only if it is kept.
  const keep = <T extends Tensor>(tensor: T): number => kept.push(tf().keep(tensor)) - 1;
  const dead: { layer: string; at: number }[] = [];
  const times: { path: string; at: number }[] = [];
  const observe: ObjectiveInputs['context']['observe'] = (layer) => {
    given.context.observe?.(layer);
    if (layer.rectified) dead.push({ layer: layer.name, at: keep(deadShare(layer.output)) });
  };
  const onTimeGradients = (norms: Tensor, path: string): void => void times.push({ path, at: kept.push(norms) - 1 });
  let metrics: number[] = [];
  const { value: loss, grads } = tf().variableGrads(
    () => {
      const result = objective.compute({ ...given, context: { ...given.context, observe, onTimeGradients } });
      metrics = objective.metrics.map((name) => keep(metricOf(result.metrics, name)));
      return result.loss;
    },
    trainable.map(({ variable }) => variable),
  );
  const taken = kept.map((tensor) => {
    const own = tensor.clone() as Scalar;
    tensor.dispose();
    return own;
  });
  const gradients = trainable.map(({ name, variable }) => {
    const gradient = grads[variable.name];
    if (gradient) return gradient;
    throw new CoreError('INTERNAL', `weight ${name} has no part in the loss; make it a statistic, or leave it out`);
  });
  // L2Loss, half the sum of squares, reads each gradient once.
  const squares = tf().stack(gradients.map((gradient) => rawOp('L2Loss', [gradient]))).mul(2);
  return {
    loss,
    metrics: metrics.map((at) => taken[at] as Scalar),
    gradients,
    norms: squares.sqrt(),
    norm: squares.sum().sqrt() as Scalar,
    deadUnits: dead.map(({ layer, at }) => ({ layer, share: taken[at] as Scalar })),
    timeGradients: times.map(({ path, at }) => ({ path, norms: taken[at] as Tensor })),
  };
}

function metricOf(metrics: Record<string, Scalar> | undefined, name: string): Scalar {
  const metric = metrics?.[name];
  if (!metric) throw new CoreError('INTERNAL', `the objective names a metric ${name} and didn't compute it`);
  return metric;
}

function deadShare(output: Tensor): Scalar {
  return tf().tidy(() => {
    const units = output.shape.at(-1) as number;
    return output.reshape([-1, units]).max(0).lessEqual(0).cast('float32').mean();
  });
}
