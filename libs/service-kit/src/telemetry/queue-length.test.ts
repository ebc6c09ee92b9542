import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { observeQueue } from './metrics';

test("a model's queues are added up, and an ended one leaves no requests behind", async () => {
  const reader = new PrometheusExporter({ preventServerStart: true });
  const sdk = new NodeSDK({ autoDetectResources: false, metricReaders: [reader], spanProcessors: [], logRecordProcessors: [] });
  sdk.start();
  const reported = async () => {
    const { resourceMetrics } = await reader.collect();
    return resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics.flatMap(({ dataPoints }) => dataPoints.map(({ attributes, value }) => [attributes['model'], value])));
  };
  const ends = [observeQueue('digits@1', () => 3), observeQueue('digits@1', () => 0), observeQueue('clothes@2', () => 4)];
  expect(await reported()).toEqual([['digits@1', 3], ['clothes@2', 4]]);
  ends[0]!();
  ends[2]!();
  expect(await reported()).toEqual([['digits@1', 0], ['clothes@2', 0]]);
  observeQueue('clothes@2', () => 5);
  expect(await reported()).toEqual([['digits@1', 0], ['clothes@2', 5]]);
  await sdk.shutdown();
});
