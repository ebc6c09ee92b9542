import type { ColumnType, Generated, Selectable } from 'kysely';

/** pg gives a bigint as text, PGlite as a number or a bigint; `BigInt(value)` reads all. */
export type Int8 = ColumnType<string | number | bigint, bigint, bigint>;
type CreatedAt = ColumnType<Date, never, never>;
type NullableDate = ColumnType<Date | null, Date | null | undefined, Date | null>;

export type JobStateName = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';
export type FamilyName = 'cnn' | 'rnn' | 'gan' | 'autoencoder';

export interface Database {
  migrations: { id: number; name: string; checksum: string; applied_at: CreatedAt };
  /** `document` is the protobuf encoding of the message that the API answers, exact for NaN and 64-bit integers. */
  datasets: { name: string; digest: string; document: Uint8Array; created_at: CreatedAt };
  models: { name: string; family: FamilyName; last_version: ColumnType<string | number | bigint, bigint | undefined, bigint>; created_at: CreatedAt };
  versions: { model: string; version: Int8; job_id: string; document: Uint8Array; created_at: CreatedAt };
  labels: {
    model: string;
    name: string;
    version: Int8;
    /** Where it pointed before that, if anywhere. */
    previous: ColumnType<string | number | bigint | null, bigint | null | undefined, bigint | null>;
    updated_at: ColumnType<Date, never, Date>;
  };
  traffic: { model: string; document: Uint8Array; updated_at: ColumnType<Date, never, Date> };
  jobs: JobsTable;
  job_events: { job_id: string; sequence: Int8; fingerprint: Uint8Array | null; payload: Uint8Array };
  checkpoints: { ordinal: Generated<bigint>; job_id: string; attempt: number; step: Int8; sha256: string; size: Int8; created_at: CreatedAt };
  idempotency: { key: string; fingerprint: string; job_id: string; created_at: CreatedAt };
  /** Who needs a blob: `dataset:digits`, `version:digits/3`, `job:<id>`. */
  blob_references: { sha256: string; owner: string };
  /** Blobs that lost their last owner. */
  blob_garbage: { sha256: string; since: CreatedAt };
}

export interface JobsTable {
  id: string;
  /** Counts up in the order of creation. */
  ordinal: ColumnType<string | number | bigint, never, never>;
  family: FamilyName;
  model: string;
  dataset: string;
  dataset_digest: string;
  state: JobStateName;
  error: Generated<string>;
  attempt: Generated<number>;
  spec_json: string;
  version: ColumnType<string | number | bigint | null, bigint | null | undefined, bigint | null>;
  progress: ColumnType<Uint8Array | null, Uint8Array | null | undefined, Uint8Array | null>;
  cancel_requested: Generated<boolean>;
  traceparent: string;
  /** The queue's message for this job while it waits. */
  delivery_id: string | null;
  worker: Generated<string>;
  /** The secret half of the lease; stays after the end, so that a repeated last call is known. */
  token: ColumnType<string | null, string | null | undefined, string | null>;
  lease_until: ColumnType<Date | null, never, Date | null>;
  /** Leases that ran out since the last checkpoint. */
  lost_leases: Generated<number>;
  last_sequence: ColumnType<string | number | bigint, bigint | undefined, bigint>;
  last_step: ColumnType<string | number | bigint, bigint | undefined, bigint>;
  last_checkpoint_step: ColumnType<string | number | bigint, bigint | undefined, bigint>;
  last_epoch: Generated<number>;
  created_at: CreatedAt;
  started_at: NullableDate;
  ended_at: NullableDate;
}

export type JobRow = Selectable<JobsTable>;
