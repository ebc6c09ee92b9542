// A CNN service that answers at once, without a model: what is left to measure is the way there and back.
require('@quartet/service-kit/dist/telemetry/start');
const { cnn } = require('@quartet/contracts');
const { runMain, service, startServer } = require('@quartet/service-kit');

const answer = cnn.ClassifyResponse.fromPartial({ results: [{ classes: [{ index: 7, name: '7', probability: 1 }] }], modelVersion: 1n });
const classify = () => Promise.resolve(answer);
const others = Object.fromEntries(Object.keys(cnn.CnnServiceService).map((method) => [method, () => Promise.reject(new Error('not called here'))]));

runMain('cnn', (settings) => startServer({ name: 'cnn', settings, services: [service(cnn.CnnServiceService, { ...others, classify })] }));
