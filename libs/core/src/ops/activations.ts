import { tf, type Tensor } from '../engine';
import { differentiable, firstOrderOnly, isTaped } from './gradient';
import { FLOAT, rawOp } from './raw';

// TensorFlow's activations with its own gradient kernels: one pass over the tensor each way, where tfjs makes up to six. The
// gradients of relu, leakyRelu and elu look at the output, so that the input has one consumer and TensorFlow fuses the
// activation with the product and the bias before it. All but softplus and gelu can be differentiated twice.

/** max(x, 0). */
export function relu(x: Tensor): Tensor {
  return differentiable(
    [x],
    (save) => {
      const y = rawOp('Relu', [x]);
      save(y);
      return y;
    },
    (dy, [y]) => [where(dy, y as Tensor)],
  );
}

/** dy where y > 0, and 0 elsewhere; linear in dy. */
export function where(dy: Tensor, y: Tensor): Tensor {
  return differentiable(
    [dy],
    (save) => {
      save(y);
      return rawOp('ReluGrad', [dy, y]);
    },
    (ddx, [saved]) => [where(ddx, saved as Tensor)],
  );
}

/** x above 0, slope * x below (Maas et al., 2013). @param slope Above 0. */
export function leakyRelu(x: Tensor, slope = 0.2): Tensor {
  return differentiable(
    [x],
    (save) => {
      const y = rawOp('LeakyRelu', [x], { T: FLOAT, alpha: { float: slope } });
      save(y);
      return y;
    },
    (dy, [y]) => [leakyReluGrad(dy, y as Tensor, slope)],
  );
}

function leakyReluGrad(dy: Tensor, y: Tensor, slope: number): Tensor {
  return differentiable(
    [dy],
    (save) => {
      save(y);
      return rawOp('LeakyReluGrad', [dy, y], { T: FLOAT, alpha: { float: slope } });
    },
    (ddx, [saved]) => [leakyReluGrad(ddx, saved as Tensor, slope)],
  );
}

/** x above 0, exp(x) - 1 below (Clevert et al., 2016). */
export function elu(x: Tensor): Tensor {
  return withOutputGradient(x, 'Elu', elu, (dy, y) => ['EluGrad', dy, y], (dy, y) => tf().where(y.less(0), dy, dy.zerosLike()));
}

export function tanh(x: Tensor): Tensor {
  return withOutputGradient(x, 'Tanh', tanh, (dy, y) => ['TanhGrad', y, dy], (dy, y) => dy.mul(y).mul(-2));
}

export function sigmoid(x: Tensor): Tensor {
  return withOutputGradient(x, 'Sigmoid', sigmoid, (dy, y) => ['SigmoidGrad', y, dy], (dy, y) => dy.mul(y.mul(-2).add(1)));
}

/** log(1 + exp(x)). */
export function softplus(x: Tensor): Tensor {
  return differentiable(
    [x],
    (save) => {
      save(x);
      return rawOp('Softplus', [x]);
    },
    (dy, [input]) => {
      firstOrderOnly('softplus');
      return [rawOp('SoftplusGrad', [dy, input as Tensor])];
    },
  );
}

/** x * P(X <= x) for a normal X, by the error function (Hendrycks and Gimpel, 2016). */
export function gelu(x: Tensor): Tensor {
  return differentiable(
    [x],
    (save) => {
      const share = x.mul(Math.SQRT1_2).erf().add(1).mul(0.5);
      save(x, share);
      return x.mul(share);
    },
    (dy, saved) => {
      firstOrderOnly('gelu');
      const [input, share] = saved as [Tensor, Tensor];
      const density = input.square().mul(-0.5).exp().mul(1 / Math.sqrt(2 * Math.PI));
      return [density.mul(input).add(share).mul(dy)];
    },
  );
}

type GradientOp = (dy: Tensor, y: Tensor) => [op: string, ...inputs: Tensor[]];

/** An activation whose slope is a function of its output. @param bend dy times the slope's derivative by the output. */
function withOutputGradient(x: Tensor, op: string, self: (x: Tensor) => Tensor, gradient: GradientOp, bend: (dy: Tensor, y: Tensor) => Tensor): Tensor {
  return differentiable(
    [x],
    (save) => {
      const y = rawOp(op, [x]);
      save(x, y);
      return y;
    },
    (dy, saved) => {
      const [input, output] = saved as [Tensor, Tensor];
      return [outputGradient(dy, isTaped() ? self(input) : output, gradient, bend)];
    },
  );
}

function outputGradient(dy: Tensor, y: Tensor, gradient: GradientOp, bend: (dy: Tensor, y: Tensor) => Tensor): Tensor {
  return differentiable(
    [dy, y],
    (save) => {
      save(dy, y);
      const [op, ...inputs] = gradient(dy, y);
      return rawOp(op, inputs);
    },
    (ddx, saved) => {
      const [first, output] = saved as [Tensor, Tensor];
      return [outputGradient(ddx, output, gradient, bend), bend(first, output).mul(ddx)];
    },
  );
}
