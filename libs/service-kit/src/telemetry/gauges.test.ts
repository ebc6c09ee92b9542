import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { observeJobs, observeQueue } from './metrics';

const reader = new PrometheusExporter({ preventServerStart: true });
const sdk = new NodeSDK({ autoDetectResources: false, metricReaders: [reader], spanProcessors: [], logRecordProcessors: [] });
beforeAll(() => sdk.start());
afterAll(() => sdk.shutdown());

/** What a scrape finds of a gauge: these attributes of each series, and its value. */
async function reported(gauge: string, ...attributes: string[]) {
  const { resourceMetrics } = await reader.collect();
  const found = resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics).filter(({ descriptor }) => descriptor.name === gauge);
  return found.flatMap(({ dataPoints }) => dataPoints.map((point) => [...attributes.map((name) => point.attributes[name]), point.value]));
}

test('a state that the last job of a family has left is reported as 0; what cannot be counted stays as it was', async () => {
  let jobs: { family: string; state: string; count: number }[] | undefined = [];
  const end = observeJobs(async () => jobs ?? Promise.reject(new Error('no database')));
  const counts = () => reported('quartet.job.count', 'family', 'state');
  expect(await counts()).toEqual([]);
  jobs = [{ family: 'cnn', state: 'queued', count: 1 }];
  expect(await counts()).toEqual([['cnn', 'queued', 1]]);
  jobs = [{ family: 'cnn', state: 'running', count: 1 }];
  expect(await counts()).toEqual([['cnn', 'queued', 0], ['cnn', 'running', 1]]);
  jobs = undefined;
  expect(await counts()).toEqual([['cnn', 'queued', 0], ['cnn', 'running', 1]]);
  end();
});

test("a model's queues are added up, and an ended one leaves no requests behind", async () => {
  const lengths = () => reported('quartet.queue.length', 'model');
  const ends = [observeQueue('digits@1', () => 3), observeQueue('digits@1', () => 0), observeQueue('clothes@2', () => 4)];
  expect(await lengths()).toEqual([['digits@1', 3], ['clothes@2', 4]]);
  ends[0]!();
  ends[2]!();
  expect(await lengths()).toEqual([['digits@1', 0], ['clothes@2', 0]]);
  observeQueue('clothes@2', () => 5);
  expect(await lengths()).toEqual([['digits@1', 0], ['clothes@2', 5]]);
});
