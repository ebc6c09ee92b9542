import { readFileSync } from 'node:fs';
import type { Logger } from '../logging/logger';
import { parseModelPods, type ModelPods } from './model-pods';

/** How often the file is looked at. */
const LOOK_MS = 1000;

export interface ModelPodsFileOptions {
  /** QUARTET_MODEL_PODS; empty: there is no file, and never will be. */
  name: string;
  log: Logger;
  /** Told what the file lists, at first and at each change. May throw what is wrong with it: then what was there before goes on holding. */
  onChange(models: readonly ModelPods[]): void;
}

/**
 * The file of the models with pods of their own, read again when it changes: in a cluster it is a mounted ConfigMap, which whoever
 * deploys such a model writes. It may come later and go again; without it no model has pods of its own.
 */
export class ModelPodsFile {
  readonly #options: ModelPodsFileOptions;
  readonly #timer: NodeJS.Timeout | undefined;
  #seen: string | undefined;

  /** @throws QuartetError INVALID_FIELD for a file that can't be used as it is */
  constructor(options: ModelPodsFileOptions) {
    this.#options = options;
    if (options.name === '') return;
    this.#take(this.#read());
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const { name, log } = this.#options;
    try {
      const text = this.#read();
      if (text === this.#seen) return;
      this.#take(text);
      log.info({ file: name }, 'QUARTET_MODEL_PODS was replaced');
    } catch (err) {
      log.warn({ err, file: name }, 'QUARTET_MODEL_PODS changed and cannot be used as it is; going on with what it was');
    }
  }

  /** undefined: there is no file. */
  #read(): string | undefined {
    try {
      return readFileSync(this.#options.name, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  #take(text: string | undefined): void {
    // Before it is parsed: a file that can't be used is complained of once.
    this.#seen = text;
    this.#options.onChange(text === undefined ? [] : parseModelPods(text));
  }
}
