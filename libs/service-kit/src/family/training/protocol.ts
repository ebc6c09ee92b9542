import { ClaimJobResponse } from '@quartet/contracts';

/** What the service and its training process say to each other over the child process's channel. */
export type ToTrainingProcess =
  /** First: the job, as proto3 JSON (its token is a secret, so it comes by this way and not in argv). */
  | { kind: 'claim'; claim: unknown }
  /** Make a checkpoint, give the job back, and end. */
  | { kind: 'stop' };

export type FromTrainingProcess =
  /** Asks for the claim. */
  | { kind: 'ready' }
  /** Keeps the lease itself from now on. */
  | { kind: 'keeping' }
  /** The registry has a newer checkpoint: the job has got on. */
  | { kind: 'checkpointed'; step: number };

/** How a training process ends. Any other code, or a signal, is a crash. */
export const EXIT = {
  /** The registry has the job's outcome: a version, a failure or a cancellation. */
  ended: 0,
  /** The job goes on elsewhere: given back (EX_TEMPFAIL of sysexits.h). */
  released: 75,
  /** The job belongs to another worker. */
  leaseLost: 76,
} as const;

/** What a process whose main thread is stuck says before it is killed for the loss of its lease. */
export const LEASE_LOST_WORDS = 'ending for the loss of the lease';

export const claimToJson = (claim: ClaimJobResponse): unknown => ClaimJobResponse.toJSON(claim);
export const claimFromJson = (json: unknown): ClaimJobResponse => ClaimJobResponse.fromJSON(json);
