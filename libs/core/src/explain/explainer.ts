import { Program, type CapturedStep } from '../capture/program';
import { scoped, tf } from '../engine';
import { CoreError } from '../errors';
import { buildNetwork } from '../network/build';
import type { Network } from '../network/network';
import type { NetworkSpec } from '../network/spec';
import { toHost } from '../tensor/convert';
import { elementCount, type HostTensor } from '../tensor/host-tensor';
import { channelMeans, gradCam, isSpatial, unitSlope } from './grad-cam';
import { upsample } from './upsample';

/** A layer whose output can be looked at. */
export interface LayerInfo {
  /** As in the names of its weights: `layers.0`; the classifying layer is `logits`. */
  name: string;
  /** `conv2d`, ...; of the classifying layer `dense`. */
  kind: string;
  /** Of its output for one image: [height, width, channels] or [features]. */
  shape: number[];
}

/** Images of one run: the recorded graphs are of these sizes, the last run is padded. */
const SIZES = [1, 8, 32];

/**
 * Looks into a classifying network: what its layers give, and how that depends on the image. The SavedModel of an artefact has neither, so this
 * is the network built anew from its spec and weights. Calls block the thread; each is recorded at its first run.
 */
export class Explainer {
  /** In the order in which they run, nested ones included. */
  readonly layers: readonly LayerInfo[];
  private readonly program: Program;
  private readonly look: CapturedStep<'images'>;
  private readonly cam: CapturedStep<'images' | 'wanted'>;
  private readonly slopes = new Map<string, CapturedStep<'images' | 'channel'>>();

  /** @param network Freed with this. */
  constructor(private readonly network: Network) {
    this.layers = layersOf(network);
    this.program = new Program(network.weights);
    this.look = this.program.step('look', ({ images }) => {
      const outputs: Record<string, ReturnType<typeof channelMeans>> = {};
      network.forward(images, {
        training: false,
        observe: ({ name, output }) => {
          outputs[`all.${name}`] = output;
          outputs[`mean.${name}`] = channelMeans(output);
        },
      });
      return { outputs };
    });
    this.cam = this.program.step('cam', ({ images, wanted }) => ({ outputs: gradCam(network, images, wanted) }));
  }

  /** @throws CoreError SHAPE_MISMATCH unless the weights are the spec's. */
  static of(spec: NetworkSpec, weights: ReadonlyMap<string, HostTensor>): Explainer {
    const network = buildNetwork(spec, 0);
    try {
      network.importWeights(weights);
      return new Explainer(network);
    } catch (error) {
      network.dispose();
      throw error;
    }
  }

  /** The first convolution's kernel, [height, width, channels, filters]; undefined where there is none. */
  filters(): HostTensor | undefined {
    const first = this.network.weights.find(({ name, variable }) => /(^|\.)kernel$/.test(name) && variable.rank === 4);
    return first && toHost(first.variable);
  }

  /** What a layer gives for images. @returns [batch, ...shape]; with `mean` each channel's mean over the image, [batch, channels]. */
  activations(images: HostTensor, layer: string, mean = false): HostTensor {
    const { name, shape } = this.layer(layer);
    const [count = 0] = images.shape;
    const row = elementCount(images.shape.slice(1));
    const result = mean ? [shape.at(-1) ?? 0] : shape;
    const all = new Float32Array(count * elementCount(result));
    for (let first = 0; first < count; ) {
      const size = SIZES.find((each) => each >= count - first) ?? SIZES.at(-1)!;
      const rows = Math.min(size, count - first);
      const data = new Float32Array(size * row);
      data.set(images.data.subarray(first * row, (first + rows) * row));
      const [output] = this.look.run({ images: { ...images, shape: [size, ...images.shape.slice(1)], data } }, [`${mean ? 'mean' : 'all'}.${name}`]);
      all.set(output!.data.subarray(0, rows * elementCount(result)), first * elementCount(result));
      first += rows;
    }
    return { dtype: 'float32', shape: [count, ...result], data: all };
  }

  /**
   * Grad-CAM of one class for each image: see gradCam. One image at a time, so that a map doesn't depend on its company.
   *
   * @param classes [batch]. @returns [batch, height, width] of the images, in logits.
   * @throws CoreError INVALID_FIELD for a layer that isn't there or has no spatial extent.
   */
  gradCam(images: HostTensor, classes: ArrayLike<number>, layer: string): HostTensor {
    const { name, shape } = this.layer(layer);
    if (!isSpatial([1, ...shape])) throw CoreError.invalid('layer', `${name} gives [${shape.join(', ')}] for an image, without spatial extent`);
    const [count = 0, height = 0, width = 0] = images.shape;
    const all = new Float32Array(count * height * width);
    each(images, (image, row) => {
      const [map] = this.cam.run({ images: image, wanted: oneHot(classes[row] ?? 0, this.network.spec.classes) }, [name]);
      all.set(upsample(map!.data, shape as [number, number], [height, width]), row * height * width);
    });
    return { dtype: 'float32', shape: [count, height, width], data: all };
  }

  /**
   * How active a unit is on each image, and the slope of that by its pixels: see unitSlope. One image at a time.
   *
   * @param channels [batch]: of each image the unit's place along the layer's last axis.
   */
  slope(images: HostTensor, channels: ArrayLike<number>, layer: string): { value: HostTensor; slope: HostTensor } {
    const { name, shape } = this.layer(layer);
    const step = this.slopes.get(name) ?? this.program.step(`slope ${name}`, ({ images: x, channel }) => ({ outputs: { ...unitSlope(this.network, name, x, channel) } }));
    this.slopes.set(name, step);
    const [count = 0] = images.shape;
    const values = new Float32Array(count);
    const slopes = new Float32Array(images.data.length);
    each(images, (image, row) => {
      const [value, slope] = step.run({ images: image, channel: oneHot(channels[row] ?? 0, shape.at(-1) ?? 0) }, ['value', 'slope']);
      values[row] = value!.data[0] ?? 0;
      slopes.set(slope!.data, row * slope!.data.length);
    });
    return { value: { dtype: 'float32', shape: [count], data: values }, slope: { dtype: 'float32', shape: images.shape, data: slopes } };
  }

  dispose(): void {
    this.program.dispose();
    this.network.dispose();
  }

  private layer(wanted: string): LayerInfo {
    const found = this.layers.find(({ name }) => name === wanted);
    if (found) return found;
    throw CoreError.invalid('layer', `received ${wanted}, expected one of ${this.layers.map(({ name }) => name).join(', ')}`);
  }
}

/** What a forward pass over one blank image tells of itself. */
function layersOf(network: Network): LayerInfo[] {
  const { spec } = network;
  const found = new Map<string, LayerInfo>();
  scoped(() => {
    const observe = ({ name, output }: { name: string; output: { shape: number[] } }): void => void found.set(name, { name, kind: kindOf(spec, name), shape: output.shape.slice(1) });
    network.forward(tf().zeros([1, ...spec.inputShape]), { training: false, observe });
  });
  return [...found.values()];
}

/** Names are paths in the spec: `layers.3`, or of one within a block `layers.3.layers.0`. */
function kindOf(spec: NetworkSpec, name: string): string {
  if (name === 'logits') return 'dense';
  const found = name.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], spec) as { kind?: string } | undefined;
  return found?.kind ?? 'part';
}

function each(images: HostTensor, visit: (image: HostTensor, row: number) => void): void {
  const [count = 0, ...shape] = images.shape;
  const size = elementCount(shape);
  for (let row = 0; row < count; row += 1) visit({ ...images, shape: [1, ...shape], data: images.data.slice(row * size, (row + 1) * size) }, row);
}

function oneHot(index: number, size: number): HostTensor {
  const data = new Float32Array(size);
  data[index] = 1;
  return { dtype: 'float32', shape: [1, size], data };
}
