import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ClaimJobResponse } from '@quartet/contracts';
import type { Logger } from '../../logging/logger';
import { claimToJson, EXIT, LEASE_LOST_WORDS, type FromTrainingProcess, type ToTrainingProcess } from './protocol';

export interface TrainingChildOptions {
  claim: ClaimJobResponse;
  /** `cnn` */
  family: string;
  trainerModule: string;
  /** Where it differs from this process's; undefined: not set there. */
  environment: NodeJS.ProcessEnv;
  log: Logger;
}

/** `reason` says how a training process crashed: `killed by SIGKILL`, `exit code 134: ...`. */
export type ChildOutcome = { kind: 'ended' | 'released' | 'leaseLost' } | { kind: 'crashed'; reason: string };

/** Lines of the process's last words that are kept for the reason. */
const LAST_WORDS = 5;

/** What TensorFlow says at every start, and no setting silences. */
const REMARKS = /^WARNING: All log messages before absl|oneDNN custom operations are on/;

/** A training process, from the service's side. */
export class TrainingChild {
  /** Step of the last checkpoint that it has made. */
  checkpointStep = -1;
  /** Until then the service keeps it: the process takes a while to start. */
  keepsLease = false;
  readonly #child: ChildProcess;
  readonly #lastWords: string[] = [];

  constructor({ claim, family, trainerModule, environment, log }: TrainingChildOptions) {
    // Its log goes where ours goes, line by line; what it writes to the error output is kept, should it crash.
    this.#child = fork(join(__dirname, '..', 'training-process.js'), [trainerModule], {
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      env: { ...process.env, ...environment, OTEL_SERVICE_NAME: `${family}-training`, QUARTET_METRICS_PORT: '0' },
    });
    this.#child.on('message', (message: FromTrainingProcess) => {
      if (message.kind === 'ready') this.#send({ kind: 'claim', claim: claimToJson(claim) });
      else if (message.kind === 'keeping') this.keepsLease = true;
      else this.checkpointStep = message.step;
    });
    this.#child.on('error', (error) => log.error({ err: error }, 'training process'));
    if (this.#child.stderr) {
      createInterface({ input: this.#child.stderr }).on('line', (line) => {
        if (REMARKS.test(line)) return;
        this.#lastWords.push(line);
        if (this.#lastWords.length > LAST_WORDS) this.#lastWords.shift();
        log.warn({ job: claim.job?.id, line }, 'training process');
      });
    }
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Tells the process to make a checkpoint, give the job back, and end. */
  stop(): void {
    this.#send({ kind: 'stop' });
  }

  async ended(): Promise<ChildOutcome> {
    // `close` comes after the last line of the error output, `exit` may come before it.
    if (this.#child.pid === undefined) return { kind: 'crashed', reason: 'could not be started' };
    const [code, signal] = (await once(this.#child, 'close')) as [number | null, NodeJS.Signals | null];
    if (code === EXIT.ended) return { kind: 'ended' };
    if (code === EXIT.released) return { kind: 'released' };
    if (code === EXIT.leaseLost) return { kind: 'leaseLost' };
    if (signal === 'SIGKILL' && this.#lastWords.some((line) => line.startsWith(LEASE_LOST_WORDS))) return { kind: 'leaseLost' };
    const how = signal ? `killed by ${signal}` : `exit code ${code}`;
    return { kind: 'crashed', reason: [how, ...this.#lastWords.slice(-1)].join(': ') };
  }

  #send(message: ToTrainingProcess): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }
}
