import { QuartetError, type FieldViolation } from '@quartet/contracts';

/** A file that can't be read as what it should be. */
export const corrupt = (name: string, received: string, expected: string, remedy: string, cause?: unknown): QuartetError =>
  new QuartetError('CORRUPT_DATA', `${name}: ${received}; expected ${expected}. ${remedy}`, { metadata: { file: name }, cause });

/**
 * What a model has that Quartet hasn't, gathered, so that one import tells of all of it.
 */
export class Refusals {
  readonly list: FieldViolation[] = [];

  /** @param attribute Of the layer's config; empty: the layer itself. @param remedy What would do. */
  add(layer: { name: string; className: string }, attribute: string, problem: string, remedy: string): void {
    const field = `layers.${layer.name}${attribute && `.${attribute}`}`;
    this.list.push({ field, description: `${layer.className} '${layer.name}': ${attribute && `${attribute} `}${problem}. ${remedy}` });
  }

  /** @throws QuartetError INVALID_FIELD with all that was gathered. */
  throwIfAny(): void {
    if (this.list.length === 0) return;
    throw new QuartetError('INVALID_FIELD', `the model has what Quartet hasn't: ${this.list.map(({ description }) => description).join('; ')}`, { violations: this.list });
  }
}
