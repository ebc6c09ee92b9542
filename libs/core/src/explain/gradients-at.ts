import { tf, type Scalar, type Tensor } from '../engine';

/** What a computation that is looked into gives back. */
export interface Observed {
  value: Scalar;
  /** Tensors on the way to `value`. */
  points: readonly Tensor[];
}

/**
 * A value, the tensors that came up on the way to it, and its gradient by each of them. tfjs' own `grads` knows the arguments of a function
 * alone; its engine looks its list of tensors up only after the function has run, so that the function may fill the list.
 *
 * @returns Tensors that the caller frees; a gradient is 0 where the value doesn't depend on the point.
 */
export function gradientsAt(compute: () => Observed): { value: Scalar; points: Tensor[]; gradients: Tensor[] } {
  const engine = tf().engine();
  // Not empty, which the engine refuses before it runs the function.
  const points: Tensor[] = [tf().scalar(0)];
  const { value, grads } = engine.gradients<Scalar>(
    () => {
      const observed = compute();
      points.splice(0, points.length, ...observed.points);
      // What is made in here outlives it only if it is kept.
      for (const point of points) tf().keep(point);
      return observed.value;
    },
    points,
    undefined,
    true,
  );
  const gradients = points.map((point, index) => grads[index] ?? tf().zerosLike(point));
  return { value, points, gradients };
}
