import { randomUUID } from 'node:crypto';
import { fromKysely, PgBoss } from 'pg-boss';
import type { Connection, Trx } from './sql/connection';
import type { FamilyName } from './sql/schema';

const FAMILIES: readonly FamilyName[] = ['cnn', 'rnn', 'gan', 'autoencoder'];
/** A job may wait for a free worker as long as it takes. */
const RETENTION_SECONDS = 10 * 365 * 24 * 3600;

const queueOf = (family: FamilyName): string => `train-${family}`;

/**
 * Delivers jobs to workers, oldest first, each to one. A message leaves the queue in the transaction that gives its job a
 * lease, and comes back in the one that takes the lease away: pg-boss's own expiry ends at 24 hours and counts in steps
 * of 10 s, while a training may take days and a lease as little as half a second.
 */
export class Queue {
  private constructor(readonly boss: PgBoss) {}

  static async open(connection: Connection, onError: (error: Error) => void): Promise<Queue> {
    const boss = new PgBoss({
      db: connection.queue,
      backend: connection.kind,
      schema: 'quartet_queue',
      // Nothing expires, is scheduled or stays after delivery, so there is nothing to supervise.
      supervise: false,
      schedule: false,
      registerInstance: false,
    });
    boss.on('error', onError);
    await boss.start();
    for (const family of FAMILIES) {
      await boss.createQueue(queueOf(family), { retentionSeconds: RETENTION_SECONDS });
      // Has pg-boss read the queue's row now: later, inside a transaction, it would wait for the embedded database's one session.
      await boss.findJobs(queueOf(family), { id: randomUUID() });
    }
    return new Queue(boss);
  }

  /** Queues a job. @returns the id of its message. */
  async send(trx: Trx, family: FamilyName, jobId: string): Promise<string> {
    const id = randomUUID();
    await this.boss.send(queueOf(family), { jobId }, { id, db: fromKysely(trx) });
    return id;
  }

  /** Takes the oldest message out of the queue. @returns the id of its job, or undefined if the queue is empty. */
  async take(trx: Trx, family: FamilyName): Promise<string | undefined> {
    const db = fromKysely(trx);
    const [message] = await this.boss.fetch<{ jobId: string }>(queueOf(family), { batchSize: 1, db });
    if (!message) return undefined;
    await this.boss.deleteJob(queueOf(family), message.id, { db });
    return message.data.jobId;
  }

  async remove(trx: Trx, family: FamilyName, messageId: string): Promise<void> {
    await this.boss.deleteJob(queueOf(family), messageId, { db: fromKysely(trx) });
  }

  async close(): Promise<void> {
    await this.boss.stop({ graceful: false });
  }
}
