import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { QuartetError } from '@quartet/contracts';
import { anomalyScores, loadModel, nearestPoints, readSafetensors, usualFromTensors, type AutoencoderSpec, type HostTensor, type LoadedModel, type Nearest, type Usual } from '@quartet/core';
import type { HostedModel, ModelHost, Tensors } from '@quartet/service-kit';
import { Graph } from './neighbors/graph';
import { MOST_NEIGHBORS } from './neighbors/handler';
import { GRAPH_FILE, INDEX_FILE } from './neighbors/index-file';

/** Batch sizes that are run once before the first request. */
const WARM_UP = [1, 8, 32];

/** Loaded in an engine worker: holds autoencoders in TensorFlow's memory. */
export const host: ModelHost = {
  async load(folder) {
    const model = await loadModel<AutoencoderSpec>(folder);
    const { tensors } = readSafetensors(await readFile(join(folder, INDEX_FILE)), INDEX_FILE);
    const { inputShape, latentSize } = model.manifest.spec;
    const graph = model.manifest.files.some(({ path }) => path === GRAPH_FILE) ? Graph.load(join(folder, GRAPH_FILE), latentSize) : undefined;
    const served = new HostedAutoencoder(model, tensors, graph);
    // TensorFlow prepares each set of outputs at its first run.
    for (const size of WARM_UP) {
      for (const method of ['encode', 'reconstruct']) served.run(method, { examples: blank([size, ...inputShape]) });
      served.run('decode', { latent: blank([size, latentSize]) });
    }
    return served;
  },
};

class HostedAutoencoder implements HostedModel {
  private readonly usual: Usual;

  constructor(
    private readonly model: LoadedModel<AutoencoderSpec>,
    private readonly index: ReadonlyMap<string, HostTensor>,
    private readonly graph: Graph | undefined,
  ) {
    this.usual = usualFromTensors(index);
  }

  run(method: string, inputs: Tensors): Tensors {
    switch (method) {
      case 'encode':
      case 'decode':
        return this.model.run(inputs, undefined, method);
      case 'reconstruct':
        return this.model.run(inputs, ['reconstruction']);
      case 'anomalies':
        return this.anomalies(inputs);
      case 'decodeEach':
        return { examples: this.decodeEach(inputs['latent']!) };
      case 'nearExact':
        return this.neighbors(inputs, (latent, k) => nearestPoints(this.latents.data as Float32Array, latent, this.latents.shape[1] ?? 0, k));
      case 'nearGraph':
        return this.neighbors(inputs, (latent, k) => this.graph!.search(latent, k));
      default:
        throw new QuartetError('INTERNAL', `an autoencoder has no method ${method}`);
    }
  }

  dispose(): void {
    this.model.dispose();
  }

  /** One latent at a time: in a product of matrices the rounding of a row may depend on how many rows there are. */
  private decodeEach({ shape, data }: HostTensor): HostTensor {
    const [count = 0, latentSize = 0] = shape;
    const { inputShape } = this.model.manifest.spec;
    const size = inputShape.reduce((a, b) => a * b, 1);
    const all = new Float32Array(count * size);
    for (let row = 0; row < count; row += 1) {
      const latent: HostTensor = { dtype: 'float32', shape: [1, latentSize], data: data.slice(row * latentSize, (row + 1) * latentSize) };
      all.set(this.model.run({ latent }, ['examples'], 'decode').examples.data, row * size);
    }
    return { dtype: 'float32', shape: [count, ...inputShape], data: all };
  }

  /** The reconstruction, and each example's score. */
  private anomalies({ examples }: Tensors): Tensors {
    const { spec } = this.model.manifest;
    const given = scaledExamples(examples!, spec);
    const { reconstruction, latent } = this.model.run({ examples: examples! }, ['reconstruction', 'latent']);
    const reconstructed = { examples: given, reconstruction: scaledExamples(reconstruction, spec), latent: latent.data as Float32Array };
    const scores = anomalyScores(spec, this.usual, reconstructed);
    return { reconstruction, scores: { dtype: 'float32', shape: [scores.length], data: scores } };
  }

  private get latents(): HostTensor {
    return this.index.get('latents')!;
  }

  private neighbors(inputs: Tensors, search: (latent: Float32Array, k: number) => Nearest): Tensors {
    const { latent } = this.model.run(inputs, ['latent'], 'encode');
    const { indices, distances } = search(latent.data as Float32Array, MOST_NEIGHBORS);
    const batch = latent.shape[0] ?? 0;
    const shape = [batch, indices.length / batch];
    const labels = this.index.get('labels')!;
    const classes = Int32Array.from(indices, (at) => labels.data[at] ?? 0);
    return { indices: { dtype: 'int32', shape, data: indices }, distances: { dtype: 'float32', shape, data: distances }, labels: { dtype: 'int32', shape, data: classes } };
  }
}

/** In deviations of their columns, in a copy. */
function scaledExamples({ data }: HostTensor, { scale }: AutoencoderSpec): Float32Array {
  const columns = scale?.mean.length ?? 1;
  return Float32Array.from(data, (value, at) => (scale ? (value - scale.mean[at % columns]!) / scale.deviation[at % columns]! : value));
}

function blank(shape: number[]): HostTensor {
  return { dtype: 'float32', shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) };
}
