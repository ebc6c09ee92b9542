import {
  Family, type ClaimJobRequest, type ClaimJobResponse, type CreateJobRequest, type EndJobRequest, type HeartbeatResponse, type Job, type Lease, type ListJobsRequest,
  type PublishVersionRequest, type RecordCheckpointRequest, type RecordEventsRequest, type RecordEventsResponse, type TrainingEvent, type Version,
} from '@quartet/contracts';
import { familyName, stateName } from '../names';
import { numberAfter, pageOf, pageSize } from '../paging';
import { claimJob, heartbeat } from './claim';
import type { JobContext } from './context';
import { createJob } from './create';
import { cancelJob, endJob, extendLeases, releaseJob, resumeJob, sweepLeases } from './lifecycle';
import { publishVersion } from './publish';
import { recordCheckpoint, recordEvents } from './record';
import { jobFrom, jobNotFound } from './rows';
import { watchJob } from './watch';

/**
 * Training jobs. A claimed one belongs to its worker under a lease of (job id, attempt, token) that heartbeats keep; every
 * method that takes a lease throws QuartetError LEASE_LOST once another attempt began or the job has ended.
 */
export class Jobs {
  constructor(readonly context: JobContext) {}

  readonly create = (request: CreateJobRequest): Promise<Job> => createJob(this.context, request);
  readonly cancel = (id: string): Promise<Job> => cancelJob(this.context, id);
  readonly resume = (id: string): Promise<Job> => resumeJob(this.context, id);
  readonly claim = (request: ClaimJobRequest, signal: AbortSignal): Promise<ClaimJobResponse> => claimJob(this.context, request, signal);
  readonly heartbeat = (lease: Lease | undefined): Promise<HeartbeatResponse> => heartbeat(this.context, lease);
  readonly recordEvents = (request: RecordEventsRequest): Promise<RecordEventsResponse> => recordEvents(this.context, request);
  readonly recordCheckpoint = (request: RecordCheckpointRequest): Promise<void> => recordCheckpoint(this.context, request);
  readonly publish = (request: PublishVersionRequest): Promise<Version> => publishVersion(this.context, request);
  readonly end = (request: EndJobRequest): Promise<Job> => endJob(this.context, request);
  readonly release = (lease: Lease | undefined): Promise<Job> => releaseJob(this.context, lease);
  readonly sweep = (): Promise<number> => sweepLeases(this.context);
  readonly extendLeases = (): Promise<void> => extendLeases(this.context);

  watch(id: string, afterSequence: bigint, signal: AbortSignal): AsyncGenerator<TrainingEvent> {
    return watchJob(this.context, id, afterSequence, signal);
  }

  /** @throws QuartetError JOB_NOT_FOUND. */
  async get(id: string): Promise<Job> {
    const row = await this.context.db.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirst();
    if (!row) throw jobNotFound(id);
    return jobFrom(row);
  }

  /** How many jobs of each family are in each state: `{ family: 'cnn', state: 'queued', count: 2 }`. */
  async counts(): Promise<{ family: string; state: string; count: number }[]> {
    const grouped = this.context.db.selectFrom('jobs').groupBy(['family', 'state']).select(({ fn }) => ['family', 'state', fn.countAll().as('count')]);
    return (await grouped.execute()).map(({ family, state, count }) => ({ family, state, count: Number(count) }));
  }

  /** Newest first. */
  async list(request: ListJobsRequest): Promise<{ jobs: Job[]; nextPageToken: string }> {
    const size = pageSize(request);
    const before = numberAfter(request);
    let found = this.context.db.selectFrom('jobs').selectAll().orderBy('ordinal', 'desc').limit(size + 1);
    if (before !== undefined) found = found.where('ordinal', '<', before);
    if (request.family !== Family.FAMILY_UNSPECIFIED) found = found.where('family', '=', familyName('family', request.family));
    if (request.model !== '') found = found.where('model', '=', request.model);
    if (request.states.length > 0) found = found.where('state', 'in', request.states.map((state, index) => stateName(`states[${index}]`, state)));
    const { rows, nextPageToken } = pageOf(await found.execute(), size, (row) => `${row.ordinal}`);
    return { jobs: rows.map(jobFrom), nextPageToken };
  }
}
