import { matchesPattern, QuartetError, type Settings } from '@quartet/contracts';
import type { Logger } from '../logging/logger';
import type { ModelPods } from './model-pods';
import { ModelPodsFile } from './model-pods-file';

export interface ServedModelsOptions {
  /** As the service is called: `cnn`. */
  family: string;
  settings: Settings;
  log: Logger;
  /** Called when other models are to be held. */
  onChange(): void;
}

/** Which of its family's models a process serves, and which of those it holds ahead of calls. */
export class ServedModels {
  readonly #options: ServedModelsOptions;
  readonly #patterns: readonly string[];
  readonly #file: ModelPodsFile | undefined;
  #elsewhere: ReadonlyMap<string, ModelPods> = new Map();

  /** @throws QuartetError INVALID_FIELD for a QUARTET_MODELS or a file QUARTET_MODEL_PODS that can't be used */
  constructor(options: ServedModelsOptions) {
    this.#options = options;
    const { settings, log } = options;
    this.#patterns = settings.QUARTET_MODELS.split(',').map((pattern) => pattern.trim()).filter((pattern) => pattern !== '');
    const wrong = this.#patterns.find((pattern) => !/^[\w.*-]+$/.test(pattern));
    if (wrong !== undefined) throw QuartetError.invalid('QUARTET_MODELS', `has "${wrong}"; it takes names of models separated by commas, such as "digits, letters-*".`);
    let started = false;
    this.#file = new ModelPodsFile({
      name: settings.QUARTET_MODEL_PODS,
      log,
      onChange: (listed) => {
        this.#elsewhere = new Map(listed.filter(({ family }) => family === options.family).map((pods) => [pods.model, pods]));
        if (started) options.onChange();
      },
    });
    started = true;
  }

  /** Whether this process serves some of its family's models alone. */
  get isLimited(): boolean {
    return this.#patterns.length > 0;
  }

  /** Whether calls for a model are answered here. */
  serves(model: string): boolean {
    return !this.isLimited || this.#patterns.some((pattern) => matchesPattern(pattern, model));
  }

  /** Whether a model's labelled versions are held ahead of calls: not so by its family's pods where it has pods of its own. */
  holds(model: string): boolean {
    return this.isLimited ? this.serves(model) : !this.#elsewhere.has(model);
  }

  /** @throws QuartetError WRONG_STATE, saying where the model is served, for one that isn't served here */
  check(model: string): void {
    if (this.serves(model)) return;
    const { settings, family } = this.#options;
    const own = this.#elsewhere.get(model);
    const address = own?.address ?? (settings as unknown as Record<string, string>)[`QUARTET_${family.toUpperCase()}_ADDRESS`];
    const where = own ? `its own pods at ${address}` : `the pods of its family at ${address}`;
    throw new QuartetError('WRONG_STATE', `model '${model}' isn't served here: these pods serve ${this.#patterns.join(', ')} alone (QUARTET_MODELS). Call ${where}, or the gateway, which knows them.`, {
      metadata: { model },
    });
  }

  close(): void {
    this.#file?.close();
  }
}
