// TensorFlow.js as it comes: layers of tfjs-layers, each operation run by itself. Its batches are tensors beforehand.
import { createRequire } from 'node:module';
import util from 'node:util';
import { tfjsModel } from './tfjs-models.mjs';
import { firstOf } from './tensors.mjs';

// tfjs-node calls two of util's old functions, as in libs/core/src/engine.ts.
util.isNullOrUndefined ??= (value) => value === null || value === undefined;
util.isArray = Array.isArray;
const tf = createRequire(import.meta.url)('@tensorflow/tfjs-node-gpu');

const [BETA2, EPSILON] = [0.999, 1e-7];

export const versions = () => ({ tfjs: tf.version_core });

export class Contender {
  static async create(options) {
    const contender = new Contender(options);
    contender.reset();
    return contender;
  }

  constructor({ model, weights, batches, learningRate, beta1 }) {
    this.weights = weights;
    this.newOptimizer = () => tf.train.adam(learningRate, beta1, BETA2, EPSILON);
    this.model = tfjsModel(tf, model, this.newOptimizer);
    this.batches = batches.map((batch) => this.model.batch(Object.fromEntries(Object.entries(batch).map(([name, host]) => [name, toTensor(host)]))));
    this.examples = model === 'dcgan' ? batches[0].z1 : batches[0].x;
    this.step = 0;
  }

  notes() {
    return {};
  }

  reset() {
    for (const layer of this.model.layers) {
      const own = [...this.weights].filter(([name]) => name.startsWith(`${layer.name}.`)).map(([, host]) => host);
      if (own.length === 0) continue;
      // Its GRU has no second bias; see tfjs-models.mjs.
      const shapes = layer.weights.map(({ shape }) => shape);
      const values = own.map((host, index) => (host.shape.length > shapes[index].length ? { ...host, shape: shapes[index], data: host.data.slice(0, shapes[index][0]) } : host));
      tf.tidy(() => layer.setWeights(values.map(toTensor)));
    }
  }

  async losses() {
    const batch = this.batches[this.step % this.batches.length];
    this.step += 1;
    for (const optimizer of this.model.optimizers) {
      // tfjs adds epsilon after the correction of the second moment, TensorFlow before it.
      optimizer.epsilon = EPSILON / Math.sqrt(1 - BETA2 ** this.step);
    }
    return this.model.trainStep(batch);
  }

  async steps(count) {
    const times = [];
    for (let step = 0; step < count; step += 1) {
      const start = performance.now();
      await this.losses();
      times.push(performance.now() - start);
    }
    return times;
  }

  inference(batch) {
    const host = firstOf(this.examples, batch);
    return () => this.predict(host);
  }

  output(count) {
    return this.predict(firstOf(this.examples, count));
  }

  predict(host) {
    return tf.tidy(() => this.model.predict(toTensor(host)).dataSync());
  }
}

const toTensor = ({ dtype, shape, data }) => tf.tensor(data, shape, dtype);
