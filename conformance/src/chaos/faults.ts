import { setTimeout as sleep } from 'node:timers/promises';
import type { QuartetClient } from '@quartet/client';
import type { Journal } from './journal';
import type { Ledger } from './ledger';
import type { Fault } from './plan';
import type { ChaosPlatform } from './platform';

/** Does to a platform what a plan says, each thing at its time; what one process suffers comes one after the other. */
export class Faults {
  /** Training processes that were killed, so that their crash is known. */
  readonly killedTrainings = new Set<number>();
  /** The store faults come one at a time. */
  #stores: Promise<void> = Promise.resolve();

  constructor(
    readonly platform: ChaosPlatform,
    readonly client: QuartetClient,
    readonly ledger: Ledger,
    readonly journal: Journal,
  ) {}

  /** Resolves once every fault is over and everything runs again. */
  async inflict(plan: readonly Fault[], signal?: AbortSignal): Promise<void> {
    const doing: Promise<void>[] = [];
    for (const fault of plan) {
      const wait = fault.at * 1000 - this.journal.now * 1000;
      if (wait > 0) await sleep(wait, undefined, { signal }).catch(() => undefined);
      if (signal?.aborted) break;
      doing.push(this.#one(fault).catch((error: unknown) => this.journal.find(`${fault.kind} ${fault.target} could not be carried out: ${error instanceof Error ? error.message : String(error)}`.slice(0, 3000))));
    }
    await Promise.all(doing);
  }

  async #one(fault: Fault): Promise<void> {
    const { kind, target, seconds } = fault;
    const begin = (details: Record<string, unknown> = {}): void => this.journal.note(kind, target, { seconds: Math.round(seconds * 100) / 100, ...details });
    const { platform } = this;
    const ms = seconds * 1000;
    switch (kind) {
      case 'kill':
      case 'drain':
        return platform.member(target).inTurn(async () => {
          begin({ pid: platform.member(target).pid });
          await platform.member(target).end(kind === 'kill' ? 'SIGKILL' : 'SIGTERM');
          await sleep(ms);
          await platform.member(target).start();
        });
      case 'freeze':
        return platform.member(target).inTurn(async () => {
          begin({ pid: platform.member(target).pid });
          platform.member(target).freeze();
          await sleep(ms);
          platform.member(target).thaw();
        });
      case 'kill training':
      case 'freeze training':
        return this.#training(fault, begin);
      case 'promote':
      case 'roll back':
        return this.#label(fault, begin);
      case 'cut clients':
        begin();
        return platform.clients.cut();
      case 'fill disk':
        begin();
        platform.disk?.fill();
        await sleep(ms);
        return platform.disk?.free();
      default:
        return this.#store(fault, begin);
    }
  }

  async #training({ kind, target, seconds }: Fault, begin: (details?: Record<string, unknown>) => void): Promise<void> {
    // Until one is there; trainings last seconds.
    for (let tries = 0; tries < 40; tries += 1, await sleep(100)) {
      const [pid] = this.platform.member(target).trainings();
      if (pid === undefined) continue;
      try {
        if (kind === 'kill training') this.killedTrainings.add(pid);
        process.kill(pid, kind === 'kill training' ? 'SIGKILL' : 'SIGSTOP');
        begin({ pid });
        if (kind === 'kill training') return;
        await sleep(seconds * 1000);
        process.kill(pid, 'SIGCONT');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
      return;
    }
    this.journal.note('left out', kind, { why: `${target} trained nothing` });
  }

  async #label({ kind, target }: Fault, begin: (details?: Record<string, unknown>) => void): Promise<void> {
    begin();
    const { models } = this.client;
    if (kind === 'roll back') return void (await this.ledger.once('roll back', () => models.rollback({ model: target, reason: 'chaos' }), { final: ['WRONG_STATE'] }));
    const now = await this.ledger.answer('get model', (deadlineMs) => models.getModel({ name: target }, { deadlineMs }));
    const production = now?.labels.find(({ name }) => name === 'production')?.version ?? 1n;
    await this.ledger.answer('promote', (deadlineMs) => models.promoteVersion({ model: target, version: 3n - production }, { deadlineMs }));
  }

  async #store({ kind, seconds }: Fault, begin: (details?: Record<string, unknown>) => void): Promise<void> {
    const stores = this.platform.stores!;
    const before = this.#stores;
    const mine = before.then(() =>
      this.platform.whileAway(async () => {
        begin();
        if (kind === 'blobs away') {
          await stores.blobs.close();
          await sleep(seconds * 1000);
          await stores.blobs.open();
          return;
        }
        await stores.stopDatabase(kind === 'crash database' ? 'SIGQUIT' : 'SIGINT');
        await sleep(seconds * 1000);
        await stores.startDatabase();
        this.journal.note('back', 'database');
      }),
    );
    this.#stores = mine.catch(() => undefined);
    await mine;
  }
}
