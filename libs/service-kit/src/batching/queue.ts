/** A request that waits for its batch. Times are Unix milliseconds. */
export interface Entry<Item, Result> {
  readonly item: Item;
  /** Examples in it. */
  readonly size: number;
  readonly key: string;
  readonly queued: number;
  /** -9 to 9; 0 is usual. */
  readonly priority: number;
  /** It has waited long enough by then. */
  readonly startBy: number;
  /** Its deadline; Infinity: none. */
  readonly expires: number;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
  /** Lets go of the signal it listens to. */
  release: () => void;
  /** Its caller has left. */
  over?: boolean;
}

/** What a step of priority is worth: it overtakes those that came so much earlier, in milliseconds, and no others. So none starves. */
const STEP_MS = 1000;

/** Lower goes first. */
const rankOf = ({ queued, priority }: Pick<Entry<unknown, unknown>, 'queued' | 'priority'>): number => queued - priority * STEP_MS;

/**
 * The requests that wait, by key; of each key those of higher priority first, then first come first. What is asked for with each new request takes no longer the more of them wait: under overload there are a thousand,
 * and thousands more are refused.
 */
export class BatchQueue<Item, Result> {
  private readonly groups = new Map<string, Entry<Item, Result>[]>();
  /** None expires before; one that was removed may have been the first. */
  private expiry = Infinity;
  length = 0;
  /** Sum of the sizes. */
  examples = 0;

  push(entry: Entry<Item, Result>): void {
    const group = this.groups.get(entry.key) ?? [];
    this.groups.set(entry.key, group);
    let at = group.length;
    while (at > 0 && rankOf(group[at - 1]!) > rankOf(entry)) at -= 1;
    group.splice(at, 0, entry);
    this.length += 1;
    this.examples += entry.size;
    this.expiry = Math.min(this.expiry, entry.expires);
  }

  /** False if it was no longer there. */
  remove(entry: Entry<Item, Result>): boolean {
    const group = this.groups.get(entry.key);
    const at = group?.indexOf(entry) ?? -1;
    if (!group || at < 0) return false;
    group.splice(at, 1);
    this.gone(entry.key, group, 1, entry.size);
    return true;
  }

  clear(): Entry<Item, Result>[] {
    const all = [...this.entries()];
    for (const entry of all) this.remove(entry);
    return all;
  }

  takeExpired(now: number): Entry<Item, Result>[] {
    if (now < this.expiry) return [];
    const expired: Entry<Item, Result>[] = [];
    this.expiry = Infinity;
    for (const entry of this.entries()) {
      if (entry.expires <= now) expired.push(entry);
      else this.expiry = Math.min(this.expiry, entry.expires);
    }
    for (const entry of expired) this.remove(entry);
    return expired;
  }

  /**
   * The next batch if one is due: of the keys whose waiting entries fill a batch or hold one that has waited long
   * enough, the one whose first entry is first by priority and waiting.
   * @param costOf Milliseconds that a run of so many examples takes, to start in time for a deadline.
   * @param enough Requests with which a batch needs to wait for no more.
   */
  takeDue(now: number, maxBatch: number, costOf: (size: number) => number, enough: number): Entry<Item, Result>[] | undefined {
    let best: { rank: number; key: string; group: Entry<Item, Result>[]; batch: Entry<Item, Result>[]; size: number } | undefined;
    for (const [key, group] of this.groups) {
      const { batch, size, full } = fill(group, maxBatch, now, costOf);
      const rank = batch[0] ? rankOf(batch[0]) : Infinity;
      if (best && best.rank <= rank) continue;
      const runMs = costOf(size);
      if (full || batch.length >= enough || group.some((entry) => dueAt(entry, runMs) <= now)) best = { rank, key, group, batch, size };
    }
    if (!best) return undefined;
    best.group.splice(0, best.batch.length);
    this.gone(best.key, best.group, best.batch.length, best.size);
    return best.batch;
  }

  /** When the next entry is due (if `costOf` is given: something could start) or expires; or earlier, when nothing happens. */
  nextEvent(maxBatch: number, costOf: ((size: number) => number) | undefined): number {
    let next = this.length > 0 ? this.expiry : Infinity;
    if (!costOf) return next;
    for (const group of this.groups.values()) {
      const runMs = costOf(fill(group, maxBatch).size);
      for (const entry of group) next = Math.min(next, dueAt(entry, runMs));
    }
    return next;
  }

  /** Examples that go before a new request of that priority. */
  examplesBefore(priority: number, now: number): number {
    const rank = rankOf({ queued: now, priority });
    let before = this.examples;
    for (const group of this.groups.values()) {
      // From the end, where those that the new one overtakes are: mostly none.
      for (let at = group.length - 1; at >= 0 && rankOf(group[at]!) > rank; at -= 1) before -= group[at]!.size;
    }
    return before;
  }

  private gone(key: string, group: Entry<Item, Result>[], count: number, size: number): void {
    if (group.length === 0) this.groups.delete(key);
    this.length -= count;
    this.examples -= size;
    if (this.length === 0) this.expiry = Infinity;
  }

  private *entries(): Generator<Entry<Item, Result>> {
    for (const group of this.groups.values()) yield* group;
  }
}

/** When an entry should start: a run, half of one for good measure, and the way back fit in before its deadline. */
function dueAt<Item, Result>({ startBy, expires }: Entry<Item, Result>, runMs: number): number {
  return Math.min(startBy, expires - 1.5 * runMs - 5);
}

/** A batch takes so much of the time that the first deadline in it leaves at most: estimates err. */
const MARGIN = 1.25;

/**
 * In order, as many as fit into a batch, and can be done together by the first of their deadlines; one that is hopeless by itself sets no limit.
 * `full`: nothing more would fit or the batch has no room left.
 */
function fill<Item, Result>(
  group: readonly Entry<Item, Result>[],
  maxBatch: number,
  now = 0,
  costOf: (size: number) => number = () => 0,
): { batch: Entry<Item, Result>[]; size: number; full: boolean } {
  const batch: Entry<Item, Result>[] = [];
  let size = 0;
  let first = Infinity;
  for (const entry of group) {
    const together = size + entry.size;
    if (entry.expires >= now + costOf(entry.size)) first = Math.min(first, entry.expires);
    if (size > 0 && (together > maxBatch || now + MARGIN * costOf(together) > first)) return { batch, size, full: true };
    batch.push(entry);
    size = together;
  }
  return { batch, size, full: size >= maxBatch };
}
