import { QuartetError, type FieldViolation, type Reason } from '@quartet/contracts';

/** Gathers every bad field of a request, so that the caller sees all of them at once. */
export class Violations {
  readonly #list: FieldViolation[] = [];

  /** @param field path in the request, such as `spec.layers[2].conv2d.filters` */
  add(field: string, description: string): void {
    this.#list.push({ field, description });
  }

  /** Reports `value` unless it is a whole number from `min` to `max`. */
  integer(field: string, value: number, min: number, max: number): void {
    if (!Number.isInteger(value) || value < min || value > max) {
      this.add(field, `is ${value}; it takes a whole number from ${min} to ${max}`);
    }
  }

  /** Reports `value` unless it is a finite number from `min` to `max`. */
  number(field: string, value: number, min: number, max: number): void {
    if (!Number.isFinite(value) || value < min || value > max) {
      this.add(field, `is ${value}; it takes a number from ${min} to ${max}`);
    }
  }

  get any(): boolean {
    return this.#list.length > 0;
  }

  get list(): readonly FieldViolation[] {
    return this.#list;
  }

  /** @throws QuartetError with every violation, if there is one. */
  throwIfAny(reason: Reason = 'INVALID_FIELD'): void {
    if (!this.any) return;
    const lines = this.#list.map(({ field, description }) => `${field} ${description}`);
    throw new QuartetError(reason, lines.join('; '), { violations: this.#list });
  }
}
