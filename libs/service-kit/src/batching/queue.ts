/** A request that waits for its batch. Times are Unix milliseconds. */
export interface Entry<Item, Result> {
  readonly item: Item;
  /** Examples in it. */
  readonly size: number;
  readonly key: string;
  readonly queued: number;
  /** It has waited long enough by then. */
  readonly startBy: number;
  /** Its deadline; Infinity: none. */
  readonly expires: number;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
  /** Lets go of the signal it listens to. */
  release: () => void;
}

/** The requests that wait, first come first, by key. */
export class BatchQueue<Item, Result> {
  private readonly groups = new Map<string, Set<Entry<Item, Result>>>();
  length = 0;
  /** Sum of the sizes. */
  examples = 0;

  push(entry: Entry<Item, Result>): void {
    const group = this.groups.get(entry.key);
    if (group) group.add(entry);
    else this.groups.set(entry.key, new Set([entry]));
    this.length += 1;
    this.examples += entry.size;
  }

  /** False if it was no longer there. */
  remove(entry: Entry<Item, Result>): boolean {
    const group = this.groups.get(entry.key);
    if (!group?.delete(entry)) return false;
    if (group.size === 0) this.groups.delete(entry.key);
    this.length -= 1;
    this.examples -= entry.size;
    return true;
  }

  clear(): Entry<Item, Result>[] {
    const all = [...this.entries()];
    for (const entry of all) this.remove(entry);
    return all;
  }

  takeExpired(now: number): Entry<Item, Result>[] {
    const expired = [...this.entries()].filter(({ expires }) => expires <= now);
    for (const entry of expired) this.remove(entry);
    return expired;
  }

  /**
   * The next batch if one is due: of the keys whose waiting entries fill a batch or hold one that has waited long
   * enough, the one whose first entry has waited longest.
   * @param runMs How long a run takes, to start in time for a deadline.
   */
  takeDue(now: number, maxBatch: number, runMs: number): Entry<Item, Result>[] | undefined {
    let best: { queued: number; batch: Entry<Item, Result>[] } | undefined;
    for (const group of this.groups.values()) {
      const { batch, full } = fill(group, maxBatch);
      const queued = batch[0]?.queued ?? Infinity;
      if (best && best.queued <= queued) continue;
      if (full || [...group].some((entry) => dueAt(entry, runMs) <= now)) best = { queued, batch };
    }
    for (const entry of best?.batch ?? []) this.remove(entry);
    return best?.batch;
  }

  /** When the next entry is due (if `runMs` is given: something could start) or expires. */
  nextEvent(runMs: number | undefined): number {
    let next = Infinity;
    for (const entry of this.entries()) next = Math.min(next, entry.expires, runMs === undefined ? Infinity : dueAt(entry, runMs));
    return next;
  }

  private *entries(): Generator<Entry<Item, Result>> {
    for (const group of this.groups.values()) yield* group;
  }
}

/** When an entry should start: a run, half of one for good measure, and the way back fit in before its deadline. */
function dueAt<Item, Result>({ startBy, expires }: Entry<Item, Result>, runMs: number): number {
  return Math.min(startBy, expires - 1.5 * runMs - 5);
}

/** First come first, as many as fit; `full`: nothing more would fit or the batch has no room left. */
function fill<Item, Result>(group: Set<Entry<Item, Result>>, maxBatch: number): { batch: Entry<Item, Result>[]; full: boolean } {
  const batch: Entry<Item, Result>[] = [];
  let size = 0;
  for (const entry of group) {
    if (size > 0 && size + entry.size > maxBatch) return { batch, full: true };
    batch.push(entry);
    size += entry.size;
  }
  return { batch, full: size >= maxBatch };
}
