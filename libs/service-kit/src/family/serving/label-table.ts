import { QuartetError, type ModelRef, type Version } from '@quartet/contracts';

/** The label that a reference without a target means. */
export const DEFAULT_LABEL = 'production';

export const keyOf = (version: Pick<Version, 'model' | 'version'>): string => `${version.model}/${version.version}`;

/** The labelled versions of a family, as the registry last told them and as they are served. */
export class LabelTable {
  readonly #byLabel = new Map<string, Version>();
  readonly #byKey = new Map<string, Version>();

  /** Every version that a label points at. */
  get versions(): Version[] {
    return [...this.#byKey.values()];
  }

  /**
   * Takes over the registry's list. A label that moves to a version which isn't `loaded` goes on pointing where it did,
   * if that is still held, so that a promotion costs no request its time; call again once the version is loaded.
   */
  update(versions: readonly Version[], loaded: (version: Version) => boolean): void {
    const before = new Map(this.#byLabel);
    this.#byLabel.clear();
    this.#byKey.clear();
    for (const version of versions) {
      for (const label of version.labels) {
        const name = `${version.model}:${label}`;
        const held = before.get(name);
        const served = !loaded(version) && held && loaded(held) ? held : version;
        this.#byLabel.set(name, served);
        this.#byKey.set(keyOf(served), served);
      }
      this.#byKey.set(keyOf(version), version);
    }
  }

  /** The version a reference means, if that is known here. */
  find(ref: ModelRef): Version | undefined {
    if (ref.target?.$case === 'version') return this.#byKey.get(`${ref.name}/${ref.target.value}`);
    return this.#byLabel.get(`${ref.name}:${ref.target?.value || DEFAULT_LABEL}`);
  }
}

/** Checks a reference's fields. */
export function checkRef(ref: ModelRef | undefined, field = 'model'): ModelRef {
  if (!ref || ref.name === '') {
    throw QuartetError.invalid(`${field}.name`, 'is empty; name the model, as quartet.model.v1.ModelService/ListModels gives it');
  }
  if (ref.target?.$case === 'version' && ref.target.value < 1n) {
    throw QuartetError.invalid(`${field}.version`, `is ${ref.target.value}; versions count from 1. Leave it unset for the label ${DEFAULT_LABEL}`);
  }
  return ref;
}
