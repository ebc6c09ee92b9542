// A CNN service that waits for `top_k` milliseconds and has no model: what the gateway needs behind it to be tested.
require('@quartet/service-kit/dist/telemetry/start');
const { setTimeout: sleep } = require('node:timers/promises');
const { cnn } = require('@quartet/contracts');
const { runMain, service, startServer } = require('@quartet/service-kit');

const notCalled = () => Promise.reject(new Error('not called here'));
const classify = async ({ topK }) => {
  await sleep(topK);
  return cnn.ClassifyResponse.fromPartial({});
};

runMain('cnn', (settings) =>
  startServer({ name: 'cnn', settings, services: [service(cnn.CnnServiceService, { classify, embed: notCalled, train: notCalled })] }),
);
