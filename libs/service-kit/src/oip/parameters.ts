import { QuartetError, type inference } from '@quartet/contracts';

type Parameters = Readonly<Record<string, inference.InferParameter>>;

/** Why what Triton's clients may send isn't taken. */
const KNOWN: Record<string, string> = {
  shared_memory_region: 'there is no shared memory here; send the tensor in the request',
  shared_memory_byte_size: 'there is no shared memory here; send the tensor in the request',
  shared_memory_offset: 'there is no shared memory here; send the tensor in the request',
  sequence_id: 'the protocol has no sequences here; quartet.rnn.v1.RnnService/Step has live sessions',
  sequence_start: 'the protocol has no sequences here; quartet.rnn.v1.RnnService/Step has live sessions',
  sequence_end: 'the protocol has no sequences here; quartet.rnn.v1.RnnService/Step has live sessions',
};

/** @throws QuartetError INVALID_FIELD for a parameter that has no meaning: a misspelled one isn't passed over. */
export function refuseUnknown(parameters: Parameters, known: readonly string[], field: string): void {
  const unknown = Object.keys(parameters).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const takes = known.length > 0 ? `takes ${known.join(', ')}` : 'none are taken';
  throw QuartetError.invalid(`${field}.${unknown}`, KNOWN[unknown] ? `is set, but ${KNOWN[unknown]}` : `is not known here; ${takes}`);
}

/** A whole number, whichever way it was sent. */
export function numberOf({ parameterChoice: choice }: inference.InferParameter, field: string): bigint {
  if (choice?.$case === 'int64Param' || choice?.$case === 'uint64Param') return choice.value;
  throw QuartetError.invalid(field, `is ${choice ? `sent as ${choice.$case.replace('Param', '')}` : 'not set'}, expected a whole number in int64_param or uint64_param`);
}

/** Of a request of its own. Longer ones are longer than any call. */
const MOST_TIMEOUT_MICROSECONDS = 2n ** 31n * 1000n;

/** What a request may say beside its tensors. */
export interface RequestParameters {
  /** undefined: none of its own. */
  timeoutMs: number | undefined;
  /** As `quartet-priority` has it; undefined: what the call's metadata say. */
  priority: number | undefined;
}

/** Triton's levels begin with 1, the highest; 0 is the default, which stands in the middle here. */
const MIDDLE = 10n;
const LOWEST = 19n;

function readPriority(given: inference.InferParameter | undefined): number | undefined {
  if (!given) return undefined;
  const level = numberOf(given, 'parameters.priority');
  if (level < 0n) throw QuartetError.invalid('parameters.priority', `is ${level}, expected 0 (the default) or a level from 1, the highest`);
  if (level === 0n) return undefined;
  return Number(MIDDLE - (level < LOWEST ? level : LOWEST));
}

/** @throws QuartetError INVALID_FIELD */
export function readParameters(parameters: Parameters): RequestParameters {
  // The stream's own parameter, whether an empty last answer is wanted: an answer to one request never is. And what KServe's clients have for
  // HTTP and send along.
  refuseUnknown(parameters, ['timeout', 'priority', 'triton_enable_empty_final_response', 'binary_data_output'], 'parameters');
  const priority = readPriority(parameters['priority']);
  if (!parameters['timeout']) return { timeoutMs: undefined, priority };
  const timeout = numberOf(parameters['timeout'], 'parameters.timeout');
  if (timeout < 0n) throw QuartetError.invalid('parameters.timeout', `is ${timeout}, expected microseconds, 0 (none) or more`);
  return { timeoutMs: timeout === 0n || timeout >= MOST_TIMEOUT_MICROSECONDS ? undefined : Number(timeout) / 1000, priority };
}
