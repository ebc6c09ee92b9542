import { createHash, randomUUID } from 'node:crypto';
import { JobState, QuartetError, type CreateJobRequest, type Job } from '@quartet/contracts';
import { ensureModel } from '../models/insert-version';
import { checkName, familyName } from '../names';
import { notify } from '../signals';
import type { Trx } from '../sql/connection';
import { transact } from '../sql/transact';
import type { JobContext } from './context';
import { appendEvents, stateEvent } from './events';
import { jobFrom, lockJob } from './rows';

const MAX_KEY_LENGTH = 128;

/**
 * Queues a job; its model is made if it is new. The same idempotency key gives the same job.
 * @throws QuartetError INVALID_FIELD, DATASET_NOT_FOUND, or WRONG_FAMILY if the model belongs to another family.
 */
export async function createJob(context: JobContext, request: CreateJobRequest): Promise<Job> {
  const family = familyName('family', request.family);
  checkName('model', request.model);
  checkSpec(request.specJson);
  if (request.idempotencyKey.length > MAX_KEY_LENGTH) {
    throw QuartetError.invalid('idempotency_key', `has ${request.idempotencyKey.length} characters; expected at most ${MAX_KEY_LENGTH}.`);
  }
  return transact(context.db, async (trx) => {
    const id = randomUUID();
    const earlier = await claimKey(trx, request, id);
    if (earlier) return jobFrom(await lockJob(trx, earlier));
    const datasetDigest = await context.datasets.hold(trx, request.dataset);
    await ensureModel(trx, request.model, family);
    const job = await trx
      .insertInto('jobs')
      .values({
        id,
        family,
        model: request.model,
        dataset: request.dataset,
        dataset_digest: datasetDigest,
        state: 'queued',
        spec_json: request.specJson,
        traceparent: request.traceparent,
        delivery_id: await context.queue.send(trx, family, id),
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    await appendEvents(trx, job, [stateEvent(JobState.JOB_STATE_QUEUED)]);
    await notify(trx, `queue:${family}`);
    return jobFrom(job);
  });
}

/** @returns the job that the key was used for before. */
async function claimKey(trx: Trx, request: CreateJobRequest, jobId: string): Promise<string | undefined> {
  if (request.idempotencyKey === '') return undefined;
  const { family, model, dataset, specJson, idempotencyKey: key } = request;
  const fingerprint = createHash('sha256').update(JSON.stringify([family, model, dataset, specJson])).digest('hex');
  const inserted = await trx
    .insertInto('idempotency')
    .values({ key, fingerprint, job_id: jobId })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (inserted.numInsertedOrUpdatedRows === 1n) return undefined;
  const earlier = await trx.selectFrom('idempotency').selectAll().where('key', '=', key).executeTakeFirstOrThrow();
  if (earlier.fingerprint === fingerprint) return earlier.job_id;
  throw QuartetError.invalid('idempotency_key', `was used for another request, which made job ${earlier.job_id}; expected a new key for a new request.`);
}

function checkSpec(specJson: string): void {
  try {
    JSON.parse(specJson);
  } catch (error) {
    throw QuartetError.invalid('spec_json', `isn't JSON (${(error as Error).message}); expected the family's Train request as proto3 JSON.`);
  }
}
