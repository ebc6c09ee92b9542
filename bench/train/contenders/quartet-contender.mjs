// Quartet as its training processes run it: the trainer takes its batches from a source and reports each step.
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quartetModel } from './quartet-models.mjs';
import { firstOf } from './tensors.mjs';

const core = createRequire(import.meta.url)('../../../libs/core');
const { version } = createRequire(import.meta.url)('../../../package.json');

export const versions = () => ({ quartet: version, tensorflow: core.startEngine().tensorflow, node: process.versions.node });

export class Contender {
  static async create(options) {
    return new Contender(options);
  }

  constructor({ model, weights, batches, learningRate, beta1, precision }) {
    core.startEngine();
    this.initial = weights;
    this.make = () => quartetModel(core, model, weights);
    this.examples = model === 'dcgan' ? batches[0].z1 : batches[0].x;
    const made = this.make();
    this.training = made.objective ? new Training(made.objective, batches, learningRate, precision) : made.training(batches, learningRate, beta1);
  }

  notes() {
    return {};
  }

  async losses() {
    const [{ losses }] = await this.training.run(1);
    return losses;
  }

  async steps(count) {
    return (await this.training.run(count)).map(({ ms }) => ms);
  }

  /** As it is served: written as an artefact, and loaded. A second model, as the first one's weights are the trainer's. */
  async reset() {
    const { weights, forward } = this.make();
    const [, ...shape] = this.examples.shape;
    const infer = { inputs: { x: { dtype: 'float32', shape } }, compute: ({ x }) => ({ y: forward(x, { training: false }) }) };
    const model = { weights, functions: { [core.DEFAULT_SIGNATURE]: infer } };
    const folder = await mkdtemp(join(tmpdir(), 'quartet-bench-model-'));
    await core.writeModel(folder, { family: 'bench', spec: {}, model, metrics: {}, dataDigest: '', seed: 1 });
    const loaded = await core.loadModel(folder);
    await rm(folder, { recursive: true });
    this.predict = (x) => loaded.run({ x }).y.data;
  }

  inference(batch) {
    const x = firstOf(this.examples, batch);
    return () => this.predict(x);
  }

  output(count) {
    return this.predict(firstOf(this.examples, count));
  }
}

/** One long training, which waits at its source of batches while nothing is asked of it. */
class Training {
  constructor(objective, batches, learningRate, precision) {
    this.batches = batches;
    this.trainer = new core.Trainer({
      objective,
      training: { stepsPerEpoch: 1_000_000, batch: (_epoch, step) => this.batch(step) },
      epochs: 1,
      learningRate,
      precision,
      progressEveryMs: 0,
      onEvent: (event) => this.onEvent(event),
    });
    this.allowed = 0;
    this.waiting = [];
    this.done = [];
  }

  /** Milliseconds and losses of `count` more steps, from each step's end to the next one's. */
  run(count) {
    return new Promise((resolve, reject) => {
      this.wanted = count;
      this.done = [];
      this.allowed += count;
      this.finished = () => resolve(this.done);
      this.last = performance.now();
      this.running ??= this.trainer.train().then(
        ({ outcome, diagnostic }) => reject(new Error(`the training ended: ${outcome} ${diagnostic?.evidence ?? ''}`)),
        reject,
      );
      const ready = this.waiting.filter(({ step }) => step < this.allowed);
      this.waiting = this.waiting.filter(({ step }) => step >= this.allowed);
      for (const { give } of ready) give();
    });
  }

  batch(step) {
    const inputs = this.batches[step % this.batches.length];
    const batch = { inputs, count: Object.values(inputs)[0].shape[0] };
    if (step < this.allowed) return batch;
    // The trainer asks ahead.
    return new Promise((resolve) => this.waiting.push({ step, give: () => resolve(batch) }));
  }

  onEvent(event) {
    if (event.type !== 'progress') return;
    const now = performance.now();
    this.done.push({ ms: now - this.last, losses: [event.metrics['step/loss']] });
    this.last = now;
    if (this.done.length === this.wanted) this.finished();
  }
}
