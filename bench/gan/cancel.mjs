// How soon a Generate stream stops once its caller has left, seen from the server: milliseconds from the leaving to the end of the last run of the model, to the
// answer of the next call, and what memory the process keeps of many such streams. A real service behind a real gateway.
// `node bench/gan/cancel.mjs gan|rnn [STREAMS]`; prints a line of JSON. After `npm run build`.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { uploadDataset, watchJob } = require('../../libs/client/dist/index.js');
const { DatasetFormat } = require('../../libs/contracts/dist/index.js');
const { FamilyPlatform } = require('../../libs/service-kit/dist/platform-testing/family-platform.js');

const WARM_UP = 10;

const FAMILIES = {
  gan: {
    service: 'quartet.gan.v1.GanService',
    data: ['d.csv', `a,b,label\n${Array.from({ length: 400 }, (_, at) => `${Math.sin(at)},${Math.cos(at)},${at % 2}`).join('\n')}\n`, DatasetFormat.DATASET_FORMAT_CSV],
    train: ({ gan }) => gan.train({ model: 'm', dataset: 'd', spec: { architecture: { $case: 'dense', value: { units: [32] } }, latentSize: 4 }, options: { epochs: 2, batchSize: 32 } }),
    stream: ({ gan }, signal) => gan.generate({ model: { name: 'm' }, count: 100_000, chunk: 1 }, { signal }),
    next: async ({ gan }) => { for await (const _ of gan.generate({ model: { name: 'm' }, count: 1 })); },
  },
  rnn: {
    service: 'quartet.rnn.v1.RnnService',
    data: ['d.csv', `text\n${Array.from({ length: 200 }, (_, at) => `${(at * 7919) % 1000} is a number and so is ${(at * 104_729) % 1000}`).join('\n')}\n`, DatasetFormat.DATASET_FORMAT_TEXT_CSV],
    train: ({ rnn }) => rnn.trainLanguageModel({ model: 'm', dataset: 'd', window: 16, options: { epochs: 1, batchSize: 8 } }),
    stream: ({ rnn }, signal) => rnn.generate({ model: { name: 'm' }, maxTokens: 4096, temperature: 10, seed: 1n }, { signal }),
    next: async ({ rnn }) => { for await (const _ of rnn.generate({ model: { name: 'm' }, maxTokens: 1 })); },
  },
};

async function main(family, streams) {
  const { service, data: [path, text, format], train, stream, next } = FAMILIES[family];
  const [, registry, own, gateway, client] = await FamilyPlatform.launch({ family, service, timeoutMs: 90_000, extra: {} });
  try {
    const source = Buffer.from(text);
    await uploadDataset(client, 'd', { format, validationShare: 0.1 }, [{ path, source, size: source.length }]);
    const job = await train(client);
    for await (const _ of watchJob(client, job.id));
    await client.models.promoteVersion({ model: 'm', version: 1 });
    const residentMiB = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${own.pid}/status`, 'utf8'))[1]) / 1024;
    const [lastRun, nextAnswer] = [[], []];
    let before = 0;
    for (let at = 0; at < WARM_UP + streams; at += 1) {
      if (at === WARM_UP) before = residentMiB();
      const controller = new AbortController();
      let [left, messages] = [0, 0];
      try {
        for await (const _ of stream(client, controller.signal)) {
          messages += 1;
          if (messages !== 6) continue;
          left = Date.now();
          controller.abort();
        }
      } catch {
        // It was cancelled.
      }
      if (left === 0 || at < WARM_UP) continue;
      // Every other time the next call is made at once; else the last run is looked for.
      if (at % 2 === 0) {
        await next(client);
        nextAnswer.push(Date.now() - left);
      } else {
        await new Promise((resolve) => setTimeout(resolve, 300));
        const { modelStats: [statistics] } = await client.inference.modelStatistics({ name: 'm', version: '1' });
        lastRun.push(Math.max(0, Number(statistics.lastInference) - left));
      }
    }
    const spread = (values) => ({ median: values.sort((a, b) => a - b)[values.length >> 1], most: values.at(-1), of: values.length });
    console.log(JSON.stringify({ family, lastRunMs: spread(lastRun), nextAnswerMs: spread(nextAnswer), grownMiB: Math.round(residentMiB() - before) }));
  } finally {
    client.close();
    await Promise.all([gateway, own, registry].map((each) => each.end('SIGKILL')));
  }
}

const [family = 'gan', streams = '40'] = process.argv.slice(2);
if (!FAMILIES[family]) throw new Error(`received family ${family}, expected one of ${Object.keys(FAMILIES).join(', ')}`);
await main(family, Number(streams));
