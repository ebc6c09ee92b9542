export interface Migration {
  /** From 1, without gaps. */
  id: number;
  name: string;
  statements: readonly string[];
}

const at = 'timestamptz NOT NULL DEFAULT clock_timestamp()';

/** Forward only. A migration that was released never changes: a new one is added below it. */
export const MIGRATIONS: readonly Migration[] = [
  {
    id: 1,
    name: 'data sets, models, jobs',
    statements: [
      `CREATE TABLE quartet.datasets (name text PRIMARY KEY, digest text NOT NULL, document bytea NOT NULL, created_at ${at})`,
      `CREATE TABLE quartet.models (
        name text PRIMARY KEY,
        family text NOT NULL CHECK (family IN ('cnn', 'rnn', 'gan', 'autoencoder')),
        last_version bigint NOT NULL DEFAULT 0,
        created_at ${at}
      )`,
      `CREATE TABLE quartet.versions (
        model text NOT NULL REFERENCES quartet.models,
        version bigint NOT NULL CHECK (version > 0),
        job_id text NOT NULL UNIQUE,
        document bytea NOT NULL,
        created_at ${at},
        PRIMARY KEY (model, version)
      )`,
      `CREATE TABLE quartet.labels (
        model text NOT NULL,
        name text NOT NULL,
        version bigint NOT NULL,
        updated_at ${at},
        PRIMARY KEY (model, name),
        FOREIGN KEY (model, version) REFERENCES quartet.versions (model, version)
      )`,
      `CREATE TABLE quartet.jobs (
        id text PRIMARY KEY,
        ordinal bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
        family text NOT NULL CHECK (family IN ('cnn', 'rnn', 'gan', 'autoencoder')),
        model text NOT NULL,
        dataset text NOT NULL,
        dataset_digest text NOT NULL,
        state text NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
        error text NOT NULL DEFAULT '',
        attempt integer NOT NULL DEFAULT 0,
        spec_json text NOT NULL,
        version bigint,
        progress bytea,
        cancel_requested boolean NOT NULL DEFAULT false,
        traceparent text NOT NULL,
        delivery_id text,
        worker text NOT NULL DEFAULT '',
        token text,
        lease_until timestamptz,
        lost_leases integer NOT NULL DEFAULT 0,
        last_sequence bigint NOT NULL DEFAULT 0,
        last_step bigint NOT NULL DEFAULT 0,
        last_checkpoint_step bigint NOT NULL DEFAULT 0,
        last_epoch integer NOT NULL DEFAULT 0,
        created_at ${at},
        started_at timestamptz,
        ended_at timestamptz,
        CHECK ((state = 'running') = (lease_until IS NOT NULL)),
        CHECK ((state = 'queued') = (delivery_id IS NOT NULL))
      )`,
      `CREATE INDEX jobs_expiring ON quartet.jobs (lease_until) WHERE state = 'running'`,
      `CREATE INDEX jobs_by_model ON quartet.jobs (model, ordinal)`,
      `CREATE INDEX jobs_by_dataset ON quartet.jobs (dataset) WHERE state IN ('queued', 'running')`,
      `CREATE TABLE quartet.job_events (
        job_id text NOT NULL REFERENCES quartet.jobs ON DELETE CASCADE,
        sequence bigint NOT NULL,
        fingerprint bytea,
        payload bytea NOT NULL,
        PRIMARY KEY (job_id, sequence)
      )`,
      `CREATE UNIQUE INDEX job_events_once ON quartet.job_events (job_id, fingerprint) WHERE fingerprint IS NOT NULL`,
      `CREATE TABLE quartet.checkpoints (
        ordinal bigint GENERATED ALWAYS AS IDENTITY,
        job_id text NOT NULL REFERENCES quartet.jobs ON DELETE CASCADE,
        attempt integer NOT NULL,
        step bigint NOT NULL,
        sha256 text NOT NULL,
        size bigint NOT NULL,
        created_at ${at},
        PRIMARY KEY (job_id, attempt, step)
      )`,
      `CREATE TABLE quartet.idempotency (
        key text PRIMARY KEY,
        fingerprint text NOT NULL,
        job_id text NOT NULL REFERENCES quartet.jobs ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
        created_at ${at}
      )`,
      `CREATE TABLE quartet.blob_references (sha256 text NOT NULL, owner text NOT NULL, PRIMARY KEY (sha256, owner))`,
      `CREATE INDEX blob_references_by_owner ON quartet.blob_references (owner)`,
      `CREATE TABLE quartet.blob_garbage (sha256 text PRIMARY KEY, since ${at})`,
    ],
  },
  {
    id: 2,
    name: 'canaries, shadows, and what a label pointed at before',
    statements: [
      `ALTER TABLE quartet.labels ADD COLUMN previous bigint`,
      `CREATE TABLE quartet.traffic (model text PRIMARY KEY REFERENCES quartet.models, document bytea NOT NULL, updated_at ${at})`,
    ],
  },
];
