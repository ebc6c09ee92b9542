import { Family, QuartetError, type Model, type ModelRef, type Version } from '@quartet/contracts';
import type { QuartetClient } from '@quartet/client';
import type { CallScope } from '../architecture-family';
import { checkRef, DEFAULT_LABEL, keyOf, type LabelTable } from './label-table';

/** Versions never change, so what the registry said of one is kept; this many. */
const REMEMBERED = 256;
/** A version without a label may be deleted; after this long the registry is asked again. */
const RECHECK_MS = 10_000;

export interface ResolverOptions {
  family: Family;
  registry: QuartetClient;
  labels: LabelTable;
}

/** Finds the version that a reference means: from what is known here, or else from the registry. */
export class Resolver {
  readonly #options: ResolverOptions;
  readonly #remembered = new Map<string, { version: Version; checkedAt: number }>();

  constructor(options: ResolverOptions) {
    this.#options = options;
  }

  async resolve(given: ModelRef | undefined, call: CallScope): Promise<Version> {
    const ref = checkRef(given);
    const known = this.#options.labels.find(ref) ?? this.#recall(ref);
    if (known) return known;
    try {
      const version = await this.#options.registry.models.getVersion({ model: ref }, { signal: call.signal });
      return this.#accept(version);
    } catch (error) {
      // While the registry is away, what it once said of a version goes on holding.
      const remembered = QuartetError.is(error) && error.reason === 'UNAVAILABLE' ? this.#recall(ref, Infinity) : undefined;
      if (remembered) return remembered;
      throw await this.#explain(error, ref, call);
    }
  }

  #recall(ref: ModelRef, maxAgeMs = RECHECK_MS): Version | undefined {
    if (ref.target?.$case !== 'version') return undefined;
    const found = this.#remembered.get(`${ref.name}/${ref.target.value}`);
    return found && Date.now() - found.checkedAt < maxAgeMs ? found.version : undefined;
  }

  #accept(version: Version): Version {
    const { family } = this.#options;
    if (version.family !== family) {
      throw new QuartetError(
        'WRONG_FAMILY',
        `model '${version.model}' is of ${Family[version.family]}, but this service holds ${Family[family]}; call that family's service`,
        { metadata: { model: version.model, family: Family[version.family] ?? '' } },
      );
    }
    const key = keyOf(version);
    this.#remembered.delete(key);
    this.#remembered.set(key, { version, checkedAt: Date.now() });
    const oldest = this.#remembered.keys().next().value;
    if (this.#remembered.size > REMEMBERED && oldest !== undefined) this.#remembered.delete(oldest);
    return version;
  }

  /** The registry's answer, said with what there is instead. */
  async #explain(error: unknown, ref: ModelRef, call: CallScope): Promise<unknown> {
    if (!QuartetError.is(error)) return error;
    if (error.reason === 'UNAVAILABLE') {
      return new QuartetError(
        'UNAVAILABLE',
        `${describe(ref)} isn't known here and the registry can't be asked just now; send the request again`,
        { retryAfterMs: 1000, cause: error },
      );
    }
    if (error.reason !== 'VERSION_NOT_FOUND' && error.reason !== 'LABEL_NOT_FOUND') return error;
    if (ref.target?.$case === 'version') this.#remembered.delete(`${ref.name}/${ref.target.value}`);
    const model = await this.#options.registry.models.getModel({ name: ref.name }, { signal: call.signal }).catch(() => undefined);
    return model ? new QuartetError(error.reason, notFound(ref, model), { metadata: { model: ref.name } }) : error;
  }
}

function describe(ref: ModelRef): string {
  if (ref.target?.$case === 'version') return `version ${ref.target.value} of model '${ref.name}'`;
  return `label '${ref.target?.value || DEFAULT_LABEL}' of model '${ref.name}'`;
}

/** `model 'digits' has no version 7; it has versions up to 3, labels production -> 3` */
function notFound(ref: ModelRef, { latestVersion, labels }: Model): string {
  const versions = latestVersion > 1n ? `versions 1..${latestVersion}` : latestVersion === 1n ? 'version 1' : 'no version yet';
  const names = labels.map(({ name, version }) => `${name} -> ${version}`).join(', ');
  const missing = ref.target?.$case === 'version' ? `version ${ref.target.value}` : `label '${ref.target?.value || DEFAULT_LABEL}'`;
  const remedy = labels.length > 0 ? 'use one of these' : 'name a version, or promote one with ModelService/PromoteVersion';
  return `model '${ref.name}' has no ${missing}; it has ${versions}, ${names ? `labels ${names}` : 'no label'}; ${remedy}`;
}
