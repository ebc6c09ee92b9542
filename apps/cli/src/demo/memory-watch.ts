import { childrenOf, memoryOf } from '../platform/process-identity';

/** Services that start trainings as processes of their own. */
const FAMILIES = new Set(['cnn', 'autoencoder']);

/** Notes the largest resident memory (VmHWM) of processes and of those that they start, which may end in between. */
export class MemoryWatch {
  readonly #names = new Map<number, string>();
  readonly #peaks = new Map<string, number>();
  readonly #timer = setInterval(() => this.#look(), 500).unref();

  add(name: string, pid: number): void {
    this.#names.set(pid, name);
  }

  #look(): void {
    for (const { pid, parent } of childrenOf(new Set(this.#names.keys()))) {
      if (!this.#names.has(pid) && FAMILIES.has(this.#names.get(parent) ?? '')) this.#names.set(pid, 'training');
    }
    for (const [pid, name] of this.#names) {
      const peak = memoryOf(pid)?.peak ?? 0;
      if (peak > (this.#peaks.get(name) ?? 0)) this.#peaks.set(name, peak);
    }
  }

  /** Largest resident memory in bytes by name. */
  peaks(): ReadonlyMap<string, number> {
    this.#look();
    return this.#peaks;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
