import { QuartetError, type rnn } from '@quartet/contracts';

/** The ways to send what is to be classified; a request uses one. */
const WAYS = ['sequences', 'texts', 'recordings'] as const;

/** @throws QuartetError INVALID_FIELD where the request has something that this model doesn't read. */
export function checkOnly(request: rnn.ClassifyRequest, way: (typeof WAYS)[number], reads: string): void {
  const other = WAYS.find((each) => each !== way && request[each].length > 0);
  if (other) throw QuartetError.invalid(other, `received ${request[other].length}; this model reads ${reads}: send them in \`${way}\``);
}
