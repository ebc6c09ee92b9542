import { QuartetError } from '@quartet/contracts';
import type { CallScope } from '../architecture-family';

/** Metadata key of a call's priority. */
export const PRIORITY_KEY = 'quartet-priority';

/**
 * The priority that a call asks for: -9 to 9, higher first; 0 if it says nothing.
 * @throws QuartetError INVALID_FIELD
 */
export function priorityOf({ metadata }: CallScope): number {
  const given = metadata?.get(PRIORITY_KEY)[0];
  if (given === undefined) return 0;
  const text = String(given);
  if (!/^-?\d$/.test(text)) throw QuartetError.invalid(PRIORITY_KEY, `is "${text}"; it takes a whole number from -9 to 9, higher first. Leave it out for 0`);
  return Number(text);
}
