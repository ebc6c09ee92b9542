import { metrics, type Attributes, type Counter, type Histogram, type ObservableGauge } from '@opentelemetry/api';

const meter = () => metrics.getMeter('quartet');

/** Made at the first use, so after the telemetry has started. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

const serverDuration = once<Histogram>(() =>
  meter().createHistogram('rpc.server.call.duration', {
    unit: 's',
    description: 'Duration of calls that this server answered, by method and status code; its count is their number',
    advice: { explicitBucketBoundaries: SECONDS },
  }),
);
const batchSize = once<Histogram>(() =>
  meter().createHistogram('quartet.batch.size', {
    unit: '{example}',
    description: 'Examples that went through the engine together, by model',
    advice: { explicitBucketBoundaries: SIZES },
  }),
);
const queueWait = once<Histogram>(() =>
  meter().createHistogram('quartet.queue.wait', {
    unit: 's',
    description: 'Time that a request waited for its batch, by model',
    advice: { explicitBucketBoundaries: SECONDS },
  }),
);
const shadowDisagreement = once<Histogram>(() =>
  meter().createHistogram('quartet.shadow.disagreement', {
    description: "Share of an answer's values in which a shadow differs from production, by the shadow's version",
    advice: { explicitBucketBoundaries: [0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1] },
  }),
);
const shadowDuration = once<Histogram>(() =>
  meter().createHistogram('quartet.shadow.duration', {
    unit: 's',
    description: "Time that a shadow took for a copy of a call, by the shadow's version",
    advice: { explicitBucketBoundaries: SECONDS },
  }),
);
const jobs = once<Counter>(() => meter().createCounter('quartet.jobs', { unit: '{job}', description: 'Training jobs ended, by family and outcome' }));
/** By model. One whose last queue has ended stays: what isn't observed again is reported as before, for good, and an autoscaler would go by that. */
const queues = new Map<string, Set<() => number>>();
const queueLength = once<ObservableGauge>(() => {
  const gauge = meter().createObservableGauge('quartet.queue.length', { unit: '{request}', description: 'Inference requests waiting, by model' });
  gauge.addCallback((result) => {
    for (const [model, lengths] of queues) result.observe([...lengths].reduce((sum, length) => sum + length(), 0), { model });
  });
  return gauge;
});

const jobCount = once<ObservableGauge>(() =>
  meter().createObservableGauge('quartet.job.count', { unit: '{job}', description: 'Training jobs that the registry knows, by family and state' }),
);

/** @param code Name of the gRPC status: `OK`, `NOT_FOUND`. */
export function recordCall(service: string, method: string, code: string, milliseconds: number): void {
  serverDuration().record(milliseconds / 1000, {
    'rpc.system.name': 'grpc',
    'rpc.service': service,
    'rpc.method': method,
    'rpc.response.status_code': code,
  });
}

export function recordBatch(size: number, attributes: Attributes): void {
  batchSize().record(size, attributes);
}

export function recordQueueWait(milliseconds: number, attributes: Attributes): void {
  queueWait().record(milliseconds / 1000, attributes);
}

/** @param disagreement 0 to 1 */
export function recordShadow(attributes: Attributes, disagreement: number, milliseconds: number): void {
  shadowDisagreement().record(disagreement, attributes);
  shadowDuration().record(milliseconds / 1000, attributes);
}

/** @param outcome `succeeded`, `failed`, `cancelled` or `released`. */
export function recordJob(family: string, outcome: string): void {
  jobs().add(1, { family, outcome });
}

/** Adds a queue's length to what its model's queues have, at each scrape, until the returned function is called. */
export function observeQueue(model: string, length: () => number): () => void {
  queueLength();
  const lengths = queues.get(model) ?? new Set();
  queues.set(model, lengths.add(length));
  return () => lengths.delete(length);
}

/** Reports the jobs in each state at each scrape until the returned function is called. What can't be counted stays as it was. */
export function observeJobs(counts: () => Promise<readonly { family: string; state: string; count: number }[]>): () => void {
  // What isn't observed again is reported as before, for good: a state that the last job has left would keep it.
  const seen = new Map<string, { family: string; state: string }>();
  const observe = async (result: { observe(value: number, attributes?: Attributes): void }) => {
    const found = await counts().catch(() => undefined);
    if (!found) return;
    for (const { family, state } of found) seen.set(`${family} ${state}`, { family, state });
    const now = new Map(found.map(({ family, state, count }) => [`${family} ${state}`, count]));
    for (const [key, attributes] of seen) result.observe(now.get(key) ?? 0, attributes);
  };
  jobCount().addCallback(observe);
  return () => jobCount().removeCallback(observe);
}
