// A CNN service whose Classify waits for `top_k` milliseconds and whose Train never ends: what the gateway needs behind it to be tested.
require('@quartet/service-kit/dist/telemetry/start');
const { setTimeout: sleep } = require('node:timers/promises');
const { cnn } = require('@quartet/contracts');
const { runMain, service, startServer } = require('@quartet/service-kit');

/** Of every method that has no other. */
const others = Object.fromEntries(Object.keys(cnn.CnnServiceService).map((method) => [method, () => Promise.reject(new Error('not called here'))]));
const classify = async ({ topK }) => {
  await sleep(topK);
  return cnn.ClassifyResponse.fromPartial({});
};

/** A call that is under way until the process ends. */
const never = () => sleep(2 ** 30);

runMain('cnn', (settings) =>
  startServer({ name: 'cnn', settings, services: [service(cnn.CnnServiceService, { ...others, classify, train: never })] }),
);
