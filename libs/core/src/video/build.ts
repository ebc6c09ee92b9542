import { tf, type Tensor } from '../engine';
import { batchNormalization } from '../layers/batch-normalization';
import { conv1d, conv2d, conv3d } from '../layers/convolution';
import { dense } from '../layers/dense';
import { initializerFor, smallOutput } from '../layers/initializers';
import type { Layer } from '../layers/layer';
import { dropout } from '../layers/noise';
import { normalize } from '../layers/normalize';
import { Parameters } from '../layers/parameters';
import { globalAveragePool, maxPool2d } from '../layers/pool';
import { activation, sequential } from '../layers/sequential';
import { maxPool3d } from '../ops/pool-3d';
import type { Normalization } from '../network/spec';
import type { Seed } from '../random';
import { VideoNetwork } from './network';
import { planVideo, type VideoPlan } from './plan';
import type { Conv3dArchitecture, FramesArchitecture, VideoSpec } from './spec';

/**
 * Builds a network over clips with fresh weights, which depend on the seed alone, initialized as buildNetwork's.
 * @throws CoreError INVALID_FIELD or LIMIT_EXCEEDED; see planVideo.
 */
export function buildVideoNetwork(spec: VideoSpec, seed: Seed): VideoNetwork {
  const plan = planVideo(spec);
  const parameters = new Parameters(seed);
  const { architecture, normalization } = spec;
  const scaled = normalization ? normalizeFrames(normalization) : identity;
  const features = architecture.kind === 'conv3d' ? volumes(parameters, architecture, plan) : frames(parameters, architecture, plan);
  const classify = sequential(
    dropout(parameters.scope('dropout'), architecture.dropout),
    dense(parameters.scope('logits'), plan.embeddingSize, spec.classes, { initializer: smallOutput }),
    observed('logits', false),
  );
  return new VideoNetwork(spec, plan, parameters.all, { embed: sequential(scaled, features), classify });
}

const identity: Layer = (x) => x;
const he = initializerFor('relu');

/** The ReLU comes last: of several that are largest in a window of the pooling, TensorFlow's kernels don't choose alike, and only those at 0 are many. */
const rectified = (parameters: Parameters, filters: number, normalizes: boolean): Layer[] => [...(normalizes ? [batchNormalization(parameters, filters)] : []), activation('relu')];

/** Over all axes but the channels; the layer for images takes frames for images. */
function normalizeFrames({ mean, standardDeviation }: Normalization): Layer {
  const layer = normalize(mean, standardDeviation);
  return (x, context) => layer(merged(x), context).reshape(x.shape);
}

function volumes(parameters: Parameters, { batchNormalization: normalizes }: Conv3dArchitecture, { channels, blocks }: VideoPlan): Layer {
  const layers = blocks.map(({ filters, pool }, index) => {
    const scope = parameters.scope(`blocks.${index}`);
    return sequential(
      conv3d(scope, index === 0 ? channels : blocks[index - 1]!.filters, filters, { bias: !normalizes, initializer: he }),
      ...rectified(scope, filters, normalizes),
      observed(`blocks.${index}`, true),
      (x) => (pool.time * pool.space > 1 ? maxPool3d(x, pool) : x),
    );
  });
  return sequential(...layers, globalAveragePool());
}

function frames(parameters: Parameters, { motion, temporalLayers, batchNormalization: normalizes }: FramesArchitecture, { channels, blocks, embeddingSize }: VideoPlan): Layer {
  const perFrame = sequential(
    ...blocks.map(({ filters, pool }, index) => {
      const scope = parameters.scope(`blocks.${index}`);
      return sequential(
        conv2d(scope, index === 0 ? channels : blocks[index - 1]!.filters, filters, { bias: !normalizes, initializer: he }),
        ...rectified(scope, filters, normalizes),
        observed(`blocks.${index}`, true),
        ...(pool.space > 1 ? [maxPool2d({ size: pool.space })] : []),
      );
    }),
    globalAveragePool(),
  );
  const overTime = sequential(
    ...Array.from({ length: temporalLayers }, (_, index) => sequential(conv1d(parameters.scope(`temporal.${index}`), embeddingSize, embeddingSize, { activation: 'relu' }), observed(`temporal.${index}`, true))),
    globalAveragePool(),
  );
  return (x, context) => {
    const [batch, count] = x.shape as [number, number];
    const seen = motion ? withChange(x) : x;
    return overTime(perFrame(merged(seen), context).reshape([batch, count, embeddingSize]), context);
  };
}

/** Each frame beside what changed since the one before, which of the first is nothing: [..., channels] -> [..., 2 * channels]. */
function withChange(x: Tensor): Tensor {
  const [batch, count, ...rest] = x.shape as number[];
  const before = tf().concat([x.slice([0, 0, 0, 0, 0], [batch!, 1, ...rest]), x.slice([0, 0, 0, 0, 0], [batch!, count! - 1, ...rest])], 1);
  return tf().concat([x, x.sub(before)], 4);
}

/** [batch, frames, height, width, channels] -> [batch * frames, height, width, channels]. */
const merged = (x: Tensor): Tensor => x.reshape([x.shape[0] * x.shape[1]!, ...x.shape.slice(2)]);

/** Tells of a layer's output, and passes it on. */
function observed(name: string, rectified: boolean): Layer {
  return (output, { observe }) => {
    observe?.({ name, output, rectified });
    return output;
  };
}
