import { QuartetError, type rnn } from '@quartet/contracts';

/** The ways to send what is to be classified; a request uses one. */
const WAYS = ['sequences', 'texts', 'recordings'] as const;

/** @throws QuartetError INVALID_FIELD where the request has something that this model doesn't read. */
export function checkOnly(request: rnn.ClassifyRequest, way: (typeof WAYS)[number], reads: string): void {
  const other = WAYS.find((each) => each !== way && request[each].length > 0);
  if (other) throw QuartetError.invalid(other, `received ${request[other].length}; this model reads ${reads}: send them in \`${way}\``);
}

/** @throws QuartetError EMPTY_BATCH, BATCH_TOO_LARGE */
export function checkCount(count: number, field: string, most: number): void {
  if (count === 0) throw QuartetError.invalid(field, `received none, expected 1 to ${most}`, 'EMPTY_BATCH');
  if (count > most) throw QuartetError.invalid(field, `received ${count}, expected at most ${most} (QUARTET_MAX_BATCH); split them into several calls`, 'BATCH_TOO_LARGE');
}
