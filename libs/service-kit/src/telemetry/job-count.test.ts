import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { observeJobs } from './metrics';

test('a state that the last job of a family has left is reported as 0; what cannot be counted stays as it was', async () => {
  const reader = new PrometheusExporter({ preventServerStart: true });
  const sdk = new NodeSDK({ autoDetectResources: false, metricReaders: [reader], spanProcessors: [], logRecordProcessors: [] });
  sdk.start();
  let jobs: { family: string; state: string; count: number }[] | undefined = [];
  const end = observeJobs(async () => jobs ?? Promise.reject(new Error('no database')));
  const reported = async () => {
    const { resourceMetrics } = await reader.collect();
    return resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics.flatMap(({ dataPoints }) => dataPoints.map(({ attributes, value }) => [attributes['family'], attributes['state'], value])));
  };
  expect(await reported()).toEqual([]);
  jobs = [{ family: 'cnn', state: 'queued', count: 1 }];
  expect(await reported()).toEqual([['cnn', 'queued', 1]]);
  jobs = [{ family: 'cnn', state: 'running', count: 1 }];
  expect(await reported()).toEqual([['cnn', 'queued', 0], ['cnn', 'running', 1]]);
  jobs = undefined;
  expect(await reported()).toEqual([['cnn', 'queued', 0], ['cnn', 'running', 1]]);
  end();
  await sdk.shutdown();
});
