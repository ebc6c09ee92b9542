import { Metadata } from '@grpc/grpc-js';
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

/** The call with a priority of its own, which goes before what its metadata say; undefined: as it is. */
export function withPriority(call: CallScope, priority: number | undefined): CallScope {
  if (priority === undefined) return call;
  const metadata = call.metadata?.clone() ?? new Metadata();
  metadata.set(PRIORITY_KEY, `${priority}`);
  return { ...call, metadata };
}
