// A contender in Node: `serve.mjs quartet|tfjs`. Requests are JSON lines on standard input, replies JSON lines on file descriptor
// 3. The requests are those of ../contender.mjs; serve.py is the same for Python.
import { readFileSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { batchesOf, readTensors } from './tensors.mjs';

const { Contender, versions } = await import(`./${process.argv[2]}-contender.mjs`);
let contender;

const OPS = {
  async load({ file, ...options }) {
    const { weights, data } = readTensors(file);
    const start = performance.now();
    contender = await Contender.create({ weights, batches: batchesOf(data), ...options });
    return { ms: performance.now() - start, versions: versions(), notes: contender.notes() };
  },

  /** One step after another, each with its losses; `firstMs` is how long the first took. */
  async losses({ count }) {
    const start = performance.now();
    const losses = [...(await contender.losses())];
    const firstMs = performance.now() - start;
    for (let step = 1; step < count; step += 1) losses.push(...(await contender.losses()));
    return { firstMs, losses };
  },

  async steps({ count }) {
    return { ms: await contender.steps(count), count };
  },

  async infer({ batch, count }) {
    const run = await contender.inference(batch);
    await timed(run, 2);
    return { ms: await timed(run, count) };
  },

  /** The model's output for the first 4 examples, with its initial weights. */
  async output() {
    await contender.reset();
    return { values: Array.from(await contender.output(4)) };
  },

  memory() {
    return { peakBytes: Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024 };
  },
};

/** Milliseconds of each of `count` calls. */
async function timed(run, count) {
  const times = [];
  for (let call = 0; call < count; call += 1) {
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
  }
  return times;
}

for await (const line of createInterface({ input: process.stdin })) {
  const { op, ...request } = JSON.parse(line);
  writeSync(3, `${JSON.stringify(await OPS[op](request))}\n`);
}
process.exit();
