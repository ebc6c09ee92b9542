import { readFileSync, statSync } from 'node:fs';
import { QuartetError } from '@quartet/contracts';
import type { Logger } from '../logging/logger';

/** How often a file is looked at, at most. */
const LOOK_MS = 1000;

/** What a file says, parsed; read again when it changes. A change that can't be parsed is logged, and what was there before goes on holding. */
export class WatchedFile<T> {
  #value: T;
  #stamp: string;
  #lookedAt = Date.now();

  /**
   * @param setting names the file, for messages
   * @throws QuartetError INVALID_FIELD if it can't be read, or what `parse` throws
   */
  constructor(
    private readonly name: string,
    private readonly setting: string,
    private readonly parse: (text: string) => T,
    private readonly log: Logger,
  ) {
    this.#stamp = this.stamp();
    this.#value = parse(readFileSync(name, 'utf8'));
  }

  get value(): T {
    if (Date.now() - this.#lookedAt < LOOK_MS) return this.#value;
    this.#lookedAt = Date.now();
    try {
      const stamp = this.stamp();
      if (stamp !== this.#stamp) {
        this.#stamp = stamp;
        this.#value = this.parse(readFileSync(this.name, 'utf8'));
        this.log.info({ file: this.name }, `${this.setting} was replaced`);
      }
    } catch (err) {
      this.log.warn({ err, file: this.name }, `${this.setting} changed and cannot be used as it is; going on with what it was`);
    }
    return this.#value;
  }

  /** The inode too: a replaced file may have the time of the one it replaces. */
  private stamp(): string {
    try {
      const { mtimeMs, ino, size } = statSync(this.name);
      return `${mtimeMs} ${ino} ${size}`;
    } catch (cause) {
      throw new QuartetError('INVALID_FIELD', `${this.setting}: the file ${this.name} can't be read (${(cause as NodeJS.ErrnoException).code}); check the path and who may read it.`, { cause });
    }
  }
}
