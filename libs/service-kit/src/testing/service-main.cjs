// A service process for the tests of what needs one: signals, exits, traces. It is built like every service's main.
// Classify waits for `top_k` milliseconds; from 100000 on it throws where nobody catches.
require('../../dist/telemetry/start');
const { setTimeout: sleep } = require('node:timers/promises');
const { cnn } = require('@quartet/contracts');
const { recordSpan, runMain, service, span, startServer } = require('../../dist');

const FATAL = 100_000;
/** Of every method that has no other. */
const others = Object.fromEntries(Object.keys(cnn.CnnServiceService).map((method) => [method, () => Promise.reject(new Error('not called here'))]));

async function classify({ topK }, ctx) {
  if (topK >= FATAL) setImmediate(() => { throw new Error('nobody catches this'); });
  const started = Date.now();
  await span('wait', { 'quartet.wait_ms': topK }, () => sleep(topK));
  recordSpan('engine', started, Date.now(), { 'quartet.batch.size': 1 }, ctx.traceparent);
  ctx.log.info('classified');
  return cnn.ClassifyResponse.fromPartial({ results: [], modelVersion: 7n });
}

runMain('cnn', (settings) =>
  startServer({
    name: 'cnn',
    settings,
    services: [
      service(cnn.CnnServiceService, {
        ...others,
        classify,
        predict: async () => cnn.PredictResponse.fromPartial({}),
        embed: async () => cnn.EmbedResponse.fromPartial({}),
        train: () => Promise.reject(new Error('not called here')),
      }),
    ],
    onDrain: () => sleep(50).then(() => console.log(JSON.stringify({ msg: 'on drain done' }))),
  }),
);
