import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';

// The built library in worker threads, as the services run it.

const LIBRARY = path.join(__dirname, '..');
const folder = mkdtempSync(path.join(tmpdir(), 'quartet-core-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Answer {
  logits: number[];
  counts: { native: number; sessions: number };
  error?: string;
}

function inWorker(program: string, data: unknown): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(`const core = require(${JSON.stringify(LIBRARY)}); const { parentPort, workerData } = require('node:worker_threads'); ${program}`, { eval: true, workerData: data });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

test('models are written in one thread and served in two others at the same time', async () => {
  const artifact = path.join(folder, 'model');
  const written = await inWorker(
    `core.startEngine();
     const network = core.buildNetwork({ inputShape: [6, 6, 1], layers: [{ kind: 'conv2d', filters: 4 }, { kind: 'flatten' }], classes: 3 }, 1);
     const logits = [...network.predict({ dtype: 'float32', shape: [2, 6, 6, 1], data: new Float32Array(72).fill(0.5) }).logits.data];
     core.writeArtifact(workerData, { network, family: 'cnn', classNames: ['a', 'b', 'c'], metrics: {}, dataDigest: '', seed: 1 })
       .then(() => parentPort.postMessage({ logits, counts: core.tensorCounts() }), (error) => parentPort.postMessage({ error: error.message }));`,
    artifact,
  );
  expect(written.error).toBeUndefined();
  expect(written.counts.sessions).toBe(0);

  const serve = `
    core.loadArtifact(workerData).then((model) => {
      let logits;
      for (let run = 0; run < 50; run += 1) logits = [...model.predict({ dtype: 'float32', shape: [2, 6, 6, 1], data: new Float32Array(72).fill(0.5) }).logits.data];
      model.dispose();
      parentPort.postMessage({ logits, counts: core.tensorCounts() });
    });`;
  for (const answer of await Promise.all([inWorker(serve, artifact), inWorker(serve, artifact)])) {
    expect(answer.counts).toMatchObject({ native: 0, sessions: 0 });
    answer.logits.forEach((value, index) => expect(value).toBeCloseTo(written.logits[index]!, 5));
  }
});
