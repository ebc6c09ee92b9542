import { tf, type Tensor } from '../engine';
import type { LayerOutput } from '../layers/layer';
import type { Network } from '../network/network';
import { gradientsAt } from './gradients-at';

/** [batch, height, width, channels] with more than one place. */
export const isSpatial = (shape: readonly number[]): boolean => shape.length === 4 && shape[1]! * shape[2]! > 1;

/**
 * Gradient-weighted class activation maps (Selvaraju et al., 2017) of each layer with spatial extent: the layer's channels, each weighted
 * by the mean gradient of the class's logit by it, summed; what is below 0 speaks for other classes and is cut off.
 *
 * @param images [batch, ...spec.inputShape], float32 in 0..1.
 * @param wanted [batch, classes]: 1 at the class that is to be explained, else 0.
 * @returns By the layer's name: [batch, height, width] of the layer, in logits.
 */
export function gradCam(network: Network, images: Tensor, wanted: Tensor): Record<string, Tensor> {
  const layers: LayerOutput[] = [];
  const { points, gradients } = gradientsAt(() => {
    const { logits } = network.forward(images, { training: false, observe: (layer) => isSpatial(layer.output.shape) && layers.push(layer) });
    return { value: logits.mul(wanted).sum(), points: layers.map(({ output }) => output) };
  });
  const maps = layers.map(({ name }, index) => {
    const [activation, gradient] = [points[index]!, gradients[index]!];
    const weights = gradient.mean([1, 2], true);
    return [name, activation.mul(weights).sum(3).relu()] as const;
  });
  for (const tensor of new Set(points)) tensor.dispose();
  return Object.fromEntries(maps);
}

/**
 * How active a unit is, and the slope of that by each pixel: what to change in an image to excite it more (Erhan et al., 2009).
 *
 * @param images [batch, ...spec.inputShape]. @param channel [batch, channels]: 1 at the unit, else 0.
 * @returns `value` [batch]: the unit's mean over the image; `slope` as the images.
 */
export function unitSlope(network: Network, layer: string, images: Tensor, channel: Tensor): { value: Tensor; slope: Tensor } {
  const valueOf = (x: Tensor): Tensor => {
    let found: Tensor | undefined;
    network.forward(x, { training: false, observe: ({ name, output }) => name === layer && (found = channelMeans(output)) });
    return found!.mul(channel).sum(1);
  };
  return { value: valueOf(images), slope: tf().grad((x: Tensor) => valueOf(x).sum())(images) };
}

/** Each channel's mean over the image: [batch, ..., channels] -> [batch, channels]. */
export function channelMeans(output: Tensor): Tensor {
  const axes = output.shape.slice(1, -1).map((_, axis) => axis + 1);
  return axes.length > 0 ? output.mean(axes) : output;
}
