// Calls Classify at the address given, once in a span of its own, and prints what it got.
require('../../dist/telemetry/start');
const { credentials } = require('@grpc/grpc-js');
const { cnn } = require('@quartet/contracts');
const { currentTraceparent, shutdownTelemetry, span } = require('../../dist');

const [, , address, topK] = process.argv;
const client = new cnn.CnnServiceClient(address, credentials.createInsecure());

span('ask', {}, async () => {
  const traceparent = currentTraceparent();
  const result = await new Promise((resolve) => client.classify(cnn.ClassifyRequest.fromPartial({ topK: Number(topK) }), (error, response) => resolve({ error, response })));
  return { traceparent, code: result.error?.code ?? 0 };
})
  .then(async (outcome) => {
    await shutdownTelemetry();
    console.log(JSON.stringify(outcome));
    process.exit(0);
  });
