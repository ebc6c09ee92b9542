import type { Metadata } from '@grpc/grpc-js';
import { QuartetError, type Family } from '@quartet/contracts';
import type { QuartetClient } from '@quartet/client';
import { asCaller } from './as-caller';

/** A model keeps its family for as long as it lives; after this long the registry is asked whether it still does. */
const RECHECK_MS = 10_000;
/** Models that are remembered; those that were asked for longest ago leave. */
const REMEMBERED = 10_000;

/** Which family a model is of, as the registry says; what it once said holds while it is away. */
export class ModelFamilies {
  readonly #registry: Pick<QuartetClient, 'models'>;
  readonly #known = new Map<string, { family: Family; checkedAt: number }>();
  readonly #asking = new Map<string, Promise<Family>>();

  constructor(registry: Pick<QuartetClient, 'models'>) {
    this.#registry = registry;
  }

  /** @param caller Metadata that say who asks. @throws QuartetError INVALID_FIELD, MODEL_NOT_FOUND, UNAVAILABLE */
  async familyOf(model: string, caller: Metadata): Promise<Family> {
    if (model === '') throw QuartetError.invalid('model_name', 'is empty; name the model, as RepositoryIndex lists them');
    const known = this.#known.get(model);
    if (known && Date.now() - known.checkedAt < RECHECK_MS) return known.family;
    // Another caller may not be allowed to know.
    const key = JSON.stringify([model, asCaller(caller).getMap()]);
    const asking = this.#asking.get(key) ?? this.#ask(model, caller).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    try {
      return await asking;
    } catch (error) {
      if (known && QuartetError.is(error) && error.reason === 'UNAVAILABLE') return known.family;
      throw error;
    }
  }

  async #ask(model: string, caller: Metadata): Promise<Family> {
    const { family } = await this.#registry.models.getModel({ name: model }, { metadata: asCaller(caller) }).catch((error: unknown) => {
      if (!QuartetError.is(error) || error.reason !== 'UNAVAILABLE') throw error;
      throw new QuartetError('UNAVAILABLE', `model '${model}' isn't known here and the registry can't be asked just now; send the request again`, { retryAfterMs: 1000, cause: error });
    });
    this.#known.delete(model);
    this.#known.set(model, { family, checkedAt: Date.now() });
    const oldest = this.#known.keys().next().value;
    if (this.#known.size > REMEMBERED && oldest !== undefined) this.#known.delete(oldest);
    return family;
  }
}
