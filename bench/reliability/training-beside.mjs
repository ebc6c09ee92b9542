// What a training costs those who are served beside it on the same cores: `node bench/reliability/training-beside.mjs` (after `npm run build`).
// Requests come at half of what can be answered, with and without a training, in turn. Goal: the p99 with it is less than twice that without.
import { readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Bench, childrenOf, conclude, invalid, MODEL, number, say, stolenShare, watchJob } from './common.mjs';

const USAGE = `node bench/reliability/training-beside.mjs [options]
  --seconds n   of each load, default 15
  --rounds n    of both, default 3
  --images n    in a request, default 1
  --callers n   that capacity is found with, default 8
  --json file
`;

/** Beyond it the p99 is made of the host's pauses, of which there are more when both cores are busy. */
const MOST_STOLEN = 0.02;

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

/** Starts a training and waits until it steps. @returns its process as Linux sees it, and how to end it */
async function training(bench) {
  const job = await bench.client.cnn.train({ model: 'beside', dataset: MODEL, options: { epochs: 10_000, batchSize: 128, seed: 1n } });
  for await (const { event } of watchJob(bench.client, job.id)) if (event?.$case === 'progress') break;
  const [pid] = childrenOf(bench.processes.cnn.child.pid, 'training-process.js');
  const facts = { nice: getPriority(pid), threads: Number(/^Threads:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) };
  return {
    facts,
    async end() {
      await bench.client.training.cancelJob({ id: job.id });
      for await (const event of watchJob(bench.client, job.id)) void event;
      await sleep(1000);
    },
  };
}

async function main() {
  const options = { seconds: number(15), rounds: number(3), images: number(1), callers: number(8), json: { type: 'string' }, help: { type: 'boolean' } };
  const { values } = parseArgs({ options });
  if (values.help) return process.stdout.write(USAGE);
  const [seconds, rounds, images, callers] = ['seconds', 'rounds', 'images', 'callers'].map((name) => Number(values[name]));
  const bench = await Bench.start({ images });
  try {
    const capacity = await bench.capacity({ seconds: Math.max(2, seconds / 3), callers });
    say(`capacity: ${capacity.toFixed(0)} requests/s`);
    const measure = () => bench.load.ask('rate', { rate: capacity / 2, seconds, deadlineMs: 10_000 });
    const found = [];
    let facts;
    for (let round = 1; round <= rounds; round += 1) {
      const alone = await measure();
      const beside = await training(bench);
      facts = beside.facts;
      const together = await measure();
      await beside.end();
      found.push({ alone, together, ratio: together.okMs.p99 / alone.okMs.p99 });
      say(`round ${round}: p99 ${alone.okMs.p99} ms alone, ${together.okMs.p99} ms beside a training`);
    }
    const stolen = stolenShare();
    const ratio = median(found.map((round) => round.ratio));
    const failed = found.flatMap(({ alone, together }) => [alone, together]).reduce((sum, { sent, ok }) => sum + sent - ok, 0);
    conclude('training-beside', {
      goals: [
        [`p99 beside a training is less than twice that without (${ratio.toFixed(2)} times, median of ${rounds} rounds)`, ratio < 2],
        [`no request fails (${failed})`, failed === 0],
      ],
      why: [...invalid(...found.flatMap(({ alone, together }) => [alone, together])), ...(stolen > MOST_STOLEN ? [`the host took ${(100 * stolen).toFixed(1)} % of the processors`] : [])],
      json: values.json,
      images, capacity, ratio, training: facts, rounds: found,
    });
  } finally {
    await bench.end();
  }
}

await main();
