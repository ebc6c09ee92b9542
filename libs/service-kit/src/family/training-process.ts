import '../telemetry/start';
import { hostname } from 'node:os';
import { lowerPriority, readSettings, type ClaimJobResponse, type Settings } from '@quartet/contracts';
import { connect, type QuartetClient } from '@quartet/client';
import { prepareEngine } from '@quartet/core';
import { openBlobStore } from '@quartet/store';
import { createLogger, type Logger } from '../logging/logger';
import { flushLogs } from '../logging/standard-output';
import { recordJob } from '../telemetry/metrics';
import { shutdownTelemetry } from '../telemetry/running';
import { withTraceparent } from '../telemetry/trace';
import type { FamilyTrainer } from './architecture-family';
import { retry } from './retry';
import { claimFromJson, EXIT, type FromTrainingProcess, type ToTrainingProcess } from './training/protocol';
import { TrainingSession, type SessionOutcome } from './training/session';

// The entry of a training process:  node training-process.js <module that exports `trainer`>
//
// A family service starts it with a channel and hands it a claimed job. Without a channel it claims one itself, trains
// it and ends, which is what the command of a Kubernetes Job does. It can run out of memory or crash without taking the
// service down, and it yields to serving.

/** Below serving, above nothing that matters: `nice -n 10`. */
const NICENESS = 10;
/** How long a process without a channel waits for a job. */
const CLAIM_WAIT_MS = 60_000;

const exitCodes: Record<SessionOutcome, number> = {
  succeeded: EXIT.ended,
  failed: EXIT.ended,
  cancelled: EXIT.ended,
  released: EXIT.released,
  lost: EXIT.leaseLost,
};

function trainerOf(modulePath: string | undefined): FamilyTrainer {
  if (!modulePath) throw new Error('no trainer module given; run: node training-process.js <module that exports `trainer`>');
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the family decides at run time which module it is
  const { trainer } = require(modulePath) as { trainer?: FamilyTrainer };
  if (!trainer) throw new Error(`${modulePath} exports no \`trainer\`; expected a FamilyTrainer`);
  return trainer;
}

const tell = (message: FromTrainingProcess) => void (process.connected && process.send?.(message));

/** The job that the service has claimed for this process. */
function claimFromService(): Promise<ClaimJobResponse> {
  return new Promise((resolve, reject) => {
    process.on('message', (message: ToTrainingProcess) => message.kind === 'claim' && resolve(claimFromJson(message.claim)));
    process.once('disconnect', () => reject(new Error('the service ended before it handed over a job')));
    tell({ kind: 'ready' });
  });
}

async function claimForMyself(registry: QuartetClient, trainer: FamilyTrainer): Promise<ClaimJobResponse> {
  const worker = `${hostname()}/${process.pid}`;
  return retry(() => registry.worker.claimJob({ family: trainer.family, worker, waitMs: CLAIM_WAIT_MS }));
}

async function train(claim: ClaimJobResponse, trainer: FamilyTrainer, registry: QuartetClient, settings: Settings, log: Logger): Promise<SessionOutcome> {
  const blobs = await openBlobStore(settings.QUARTET_BLOB_URL);
  const onCheckpoint = (step: number) => tell({ kind: 'checkpointed', step });
  return withTraceparent(claim.traceparent, 'training job', async (span) => {
    span.setAttributes({ 'quartet.job': claim.job?.id, 'quartet.model': claim.job?.model, 'quartet.attempt': claim.job?.attempt });
    const onKeeping = () => tell({ kind: 'keeping' });
    const session = new TrainingSession({ claim, trainer, registry, blobs, settings, log, onKeeping, onCheckpoint });
    const drain = () => session.drain();
    process.on('message', (message: ToTrainingProcess) => message.kind === 'stop' && drain());
    // The service is gone: whoever has the job next must not wait for the lease to end.
    process.once('disconnect', drain);
    process.on('SIGTERM', drain);
    process.on('SIGINT', drain);
    if (process.channel && !process.connected) drain();
    const outcome = await session.run();
    span.setAttribute('quartet.outcome', outcome);
    return outcome;
  });
}

async function main(): Promise<number> {
  const settings = readSettings();
  lowerPriority(NICENESS);
  // A service has done it for those that it starts.
  prepareEngine({ gpuMemoryMb: settings.QUARTET_GPU_MEMORY_MB });
  const trainer = trainerOf(process.argv[2]);
  const log = createLogger({ service: `${trainer.name}-training`, level: settings.QUARTET_LOG_LEVEL });
  const registry = connect({ settings, address: settings.QUARTET_REGISTRY_ADDRESS, token: settings.QUARTET_SERVICE_TOKEN });
  const claim = process.send ? await claimFromService() : await claimForMyself(registry, trainer);
  if (!claim.job) {
    log.info({ waitedMs: CLAIM_WAIT_MS }, 'no job to train');
    return EXIT.ended;
  }
  const outcome = await train(claim, trainer, registry, settings, log);
  recordJob(trainer.name, outcome);
  return exitCodes[outcome];
}

// A service that was killed leaves broken pipes behind; that must not keep the job from being given back.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

main()
  .catch((error: unknown) => {
    createLogger({ service: 'training', level: 'info' }).fatal({ err: error }, 'the training process failed');
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  })
  .then(async (code) => {
    await shutdownTelemetry().catch(() => undefined);
    await flushLogs();
    process.exit(code);
  })
  .catch(() => process.exit(1));
