import { randomBytes, randomUUID } from 'node:crypto';
import {
  Family, Part, type BlobRef, type ClaimJobResponse, type CreateJobRequest, type Dataset, type Job, type Lease, type TrainingEvent, type Version,
} from '@quartet/contracts';
import type { MetadataUnderTest } from './metadata';

export const never: AbortSignal = new AbortController().signal;
export const SOON = 20_000;

export const uniqueName = (kind: string): string => `${kind}-${randomUUID().slice(0, 8)}`;

export const putBlob = ({ blobs }: MetadataUnderTest): Promise<BlobRef> => blobs.put(randomBytes(40));

export async function makeDataset(subject: MetadataUnderTest, name = uniqueName('data')): Promise<Dataset> {
  const [examples, labels] = await Promise.all([putBlob(subject), putBlob(subject)]);
  return {
    name,
    digest: examples.sha256,
    schema: undefined,
    parts: [{ part: Part.PART_TRAIN, count: 3n, examples, labels, classCounts: [1n, 2n] }],
    skippedFiles: ['broken.png (no PNG)'],
    source: 'test',
    createdAt: undefined,
  };
}

export async function addDataset(subject: MetadataUnderTest): Promise<Dataset> {
  return subject.metadata.datasets.create(await makeDataset(subject));
}

export const jobRequest = (dataset: string, overrides: Partial<CreateJobRequest> = {}): CreateJobRequest => ({
  family: Family.FAMILY_CNN,
  model: uniqueName('model'),
  dataset,
  specJson: '{"epochs":1}',
  idempotencyKey: '',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  ...overrides,
});

export async function addJob(subject: MetadataUnderTest, overrides: Partial<CreateJobRequest> = {}): Promise<Job> {
  const dataset = overrides.dataset ?? (await addDataset(subject)).name;
  return subject.metadata.jobs.create(jobRequest(dataset, overrides));
}

export const claim = (subject: MetadataUnderTest, family = Family.FAMILY_CNN, waitMs = 0): Promise<ClaimJobResponse> =>
  subject.metadata.jobs.claim({ family, worker: 'host:1', waitMs }, never);

/** A job that this test holds the lease of; the family's queue must be empty before. */
export async function claimedJob(subject: MetadataUnderTest, overrides: Partial<CreateJobRequest> = {}): Promise<{ job: Job; lease: Lease }> {
  const { id } = await addJob(subject, overrides);
  const { job, lease } = await claim(subject, overrides.family);
  if (job?.id !== id || !lease) throw new Error(`claimed ${job?.id}, expected ${id}`);
  return { job, lease };
}

export async function makeVersion(subject: MetadataUnderTest): Promise<Version> {
  const [manifest, weights] = await Promise.all([putBlob(subject), putBlob(subject)]);
  return {
    model: '',
    version: 0n,
    family: Family.FAMILY_UNSPECIFIED,
    jobId: '',
    files: [
      { path: 'manifest.json', blob: manifest },
      { path: 'weights.safetensors', blob: weights },
    ],
    inputs: [{ name: 'x', dtype: 'float32', shape: [-1n, 28n, 28n, 1n] }],
    outputs: [],
    metrics: { 'test/accuracy': 0.99, 'test/loss': Number.NaN },
    dataset: '',
    datasetDigest: '',
    seed: 2n ** 64n - 1n,
    parameterCount: 10n,
    weightsSha256: weights.sha256,
    labels: [],
    createdAt: undefined,
    manifestJson: '{}',
    lineage: undefined,
  };
}

/** A new version of a model, by a job of its own. */
export async function publishedVersion(subject: MetadataUnderTest, model = uniqueName('model'), family = Family.FAMILY_CNN): Promise<Version> {
  const { lease } = await claimedJob(subject, { model, family });
  return subject.metadata.jobs.publish({ lease, version: await makeVersion(subject) });
}

export const progress = (step: number, loss = 1 / step): TrainingEvent => ({
  sequence: 0n,
  time: new Date(),
  attempt: 0,
  event: {
    $case: 'progress',
    value: { step: BigInt(step), totalSteps: 100n, epoch: 1, totalEpochs: 1, metrics: { loss }, examplesPerSecond: 10, timeGradients: undefined },
  },
});

export const epochEnd = (epoch: number): TrainingEvent => ({
  sequence: 0n,
  time: new Date(),
  attempt: 0,
  event: { $case: 'epochEnd', value: { epoch, metrics: {}, seconds: 1, best: true } },
});

export const log = (message: string, time = new Date()): TrainingEvent => ({
  sequence: 0n,
  time,
  attempt: 0,
  event: { $case: 'log', value: { level: 'info', message } },
});

export const diagnostic = (verdict: string): TrainingEvent => ({
  sequence: 0n,
  time: new Date(),
  attempt: 0,
  event: { $case: 'diagnostic', value: { verdict, evidence: 'loss is NaN at step 7', remedy: 'lower the rate', applied: false } },
});

/** All events of a job so far, in a short form: `queued`, `progress 3`, `log text`. */
export async function eventsOf({ metadata }: MetadataUnderTest, id: string): Promise<string[]> {
  const stop = new AbortController();
  const found: TrainingEvent[] = [];
  const last = BigInt((await metadata.connection.db.selectFrom('jobs').select('last_sequence').where('id', '=', id).executeTakeFirstOrThrow()).last_sequence);
  if (last === 0n) return [];
  for await (const event of metadata.jobs.watch(id, 0n, stop.signal)) {
    found.push(event);
    if (event.sequence === last) break;
  }
  found.forEach(({ sequence }, index) => expect(sequence).toBe(BigInt(index + 1)));
  return found.map(describeEvent);
}

export function describeEvent({ event }: TrainingEvent): string {
  switch (event?.$case) {
    case 'state':
      return ['', 'queued', 'running', 'succeeded', 'failed', 'cancelled'][event.value] ?? '?';
    case 'progress':
      return `progress ${event.value.step}`;
    case 'epochEnd':
      return `epoch ${event.value.epoch}`;
    case 'checkpoint':
      return `checkpoint ${event.value.step}`;
    case 'version':
      return `version ${event.value.version}`;
    case 'log':
      return `log ${event.value.message}`;
    case 'diagnostic':
      return `diagnostic ${event.value.verdict}`;
    default:
      return 'nothing';
  }
}

export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + SOON;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`still waiting after ${SOON} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
