import { nodeBackend, tf, type Tensor } from '../engine';

/**
 * x + bias over the last axis, by TensorFlow's BiasAdd and BiasAddGrad: a broadcast sum and its gradient cost more.
 *
 * @param x [..., channels], two dimensions or more. @param bias [channels].
 */
export function biasAdd(x: Tensor, bias: Tensor): Tensor {
  const { TF_FLOAT, TF_ATTR_TYPE, TF_ATTR_STRING } = nodeBackend().binding;
  const attributes = [
    { name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT },
    { name: 'data_format', type: TF_ATTR_STRING, value: 'NHWC' },
  ];
  const compute = tf().customGrad((...args) => {
    const [input, offset] = args as Tensor[] as [Tensor, Tensor];
    return {
      value: nodeBackend().executeSingleOutput('BiasAdd', attributes, [input, offset]),
      // A new tensor: tfjs disposes of the gradients that it is handed.
      gradFunc: (dy: Tensor) => [dy.clone(), nodeBackend().executeSingleOutput('BiasAddGrad', attributes, [dy])],
    };
  });
  return compute(x, bias);
}
