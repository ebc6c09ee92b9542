import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntilServing, type QuartetClient } from '@quartet/client';
import { callers } from './callers';
import { Faults } from './faults';
import { JobCaller, type JobReport } from './jobs';
import { Journal, type Entry } from './journal';
import { judgeLogs, judgeResources, resourcesOf, type Taken } from './judge';
import { MODEL, teach, TELLER, WORDS } from './known';
import { Ledger, type Count } from './ledger';
import { planFaults, type Fault } from './plan';
import { ChaosPlatform, MAX_SESSIONS } from './platform';

export interface ChaosOptions {
  /** Of the load with its faults; set-up and end come on top. */
  readonly seconds: number;
  readonly seed: number;
  /** Default server: PostgreSQL and S3. */
  readonly stores?: 'server' | 'embedded';
  /** Trainings that are under way at a time; default 2. */
  readonly trainings?: number;
  /** Told of everything that happens. */
  readonly told?: (entry: Entry) => void;
  readonly signal?: AbortSignal;
}

export interface ChaosReport {
  readonly seed: number;
  readonly seconds: number;
  readonly stores: string;
  readonly plan: readonly Fault[];
  readonly events: readonly Entry[];
  readonly requests: Readonly<Record<string, Count>>;
  readonly jobs: readonly JobReport[];
  readonly resources: Readonly<Record<string, Taken>>;
  /** Empty if everything held. */
  readonly findings: readonly string[];
}

/** Long enough for what was let go to be let go. */
const QUIET_MS = 3_000;

/** Loads a platform of its own while parts of it fail, and holds it to what docs/failure-contract.md promises. */
export async function chaos(options: ChaosOptions): Promise<ChaosReport> {
  const { seconds, seed, stores = 'server' } = options;
  const journal = new Journal(options.told);
  const platform = await ChaosPlatform.start(journal, stores);
  const client = platform.client();
  const vanishing = platform.client(true);
  const ledger = new Ledger(journal);
  const names = platform.members.map(({ name }) => name);
  const plan = planFaults({ seed, seconds, processes: names, trainers: names.filter((name) => name.startsWith('cnn')), model: MODEL, stores: stores === 'server', disk: platform.disk !== undefined });
  const faults = new Faults(platform, client, ledger, journal);
  const context = { client, ledger, journal };
  let trainers: JobCaller[] = [];
  let resources: Record<string, Taken> = {};
  try {
    const known = await teach(client);
    const before = resourcesOf(platform);
    trainers = Array.from({ length: options.trainings ?? 2 }, (_, at) => new JobCaller(context, known, `job-${'abcdefgh'[at]}`, seed));
    journal.begin();
    journal.note('load begins', 'all');
    const over = new AbortController();
    const loads = [...callers(context, vanishing, known, seed), ...trainers].map((caller) =>
      caller.run(over.signal).catch((error: unknown) => journal.find(`${caller.name} ended: ${error instanceof Error ? error.stack : String(error)}`)),
    );
    await faults.inflict(plan, options.signal);
    const left = seconds * 1000 - journal.now * 1000;
    if (left > 0) await sleep(left, undefined, { signal: options.signal }).catch(() => undefined);
    journal.note('faults end', 'all');
    over.abort();
    await Promise.all(loads);
    journal.note('load ends', 'all');
    await sleep(QUIET_MS);
    resources = judgeResources(before, resourcesOf(platform), journal);
    await everySessionIsFree(client, journal);
  } finally {
    client.close();
    vanishing.close();
    const left = await platform.stop();
    for (const command of left) journal.find(`a process stayed behind: ${command}`);
  }
  judgeLogs(platform, faults.killedTrainings, journal);
  return { seed, seconds, stores, plan, events: journal.entries, requests: ledger.counts, jobs: trainers.flatMap(({ reports }) => reports), resources, findings: journal.findings };
}

/** As many sessions as there may be are opened at once: none is still held for a caller that vanished. */
async function everySessionIsFree(client: QuartetClient, journal: Journal): Promise<void> {
  await waitUntilServing(client, { service: 'quartet.rnn.v1.RnnService', timeoutMs: 30_000 });
  let opened = 0;
  let release = (): void => undefined;
  const all = new Promise<void>((resolve) => (release = resolve));
  const one = async (): Promise<void> => {
    const requests = async function* () {
      yield { message: { $case: 'open' as const, value: { model: { name: TELLER } } } };
      yield { message: { $case: 'text' as const, value: WORDS[0]! } };
      await all;
    };
    for await (const { message } of client.rnn.step(requests(), { deadlineMs: 20_000 })) if (message?.$case === 'opened' && (opened += 1) === MAX_SESSIONS) release();
  };
  await Promise.all(Array.from({ length: MAX_SESSIONS }, one)).catch((error: unknown) => {
    release();
    journal.find(`only ${opened} of ${MAX_SESSIONS} sessions could be opened after the load: ${String(error).slice(0, 300)}`);
  });
}
