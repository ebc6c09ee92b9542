import type { Version } from '@quartet/contracts';
import type { MethodShape } from '../../server/handlers';

/** What an answer says about the state of the model that gave it: numbers that mean the same of every version of the model. */
export interface Signal {
  /** For people, as in "its mean confidence is 0.61". Signals of one name are compared, whichever method they come from. */
  name: string;
  /** One for each example of the answer; those that aren't finite don't count. */
  values: readonly number[];
  /** Which way the mean goes when a model does worse. The other way is no reason against a canary. */
  worse: 'lower' | 'higher' | 'either';
}

/** Reads the signals of an answer. @param method `/quartet.cnn.v1.CnnService/Classify` */
export type ReadSignals = (version: Version, method: string, response: unknown) => readonly Signal[];

type Reader = (version: Version, response: never) => readonly Signal[];

/** What the answers of one method say. @param method of a generated service, whose answer `read` takes */
export function answersOf<M extends MethodShape>(method: M, read: (version: Version, response: ReturnType<M['responseDeserialize']>) => readonly Signal[]): [string, Reader] {
  return [method.path, read];
}

/**
 * The signals of a family, method by method; answers of all others say nothing.
 * @example signalsOf(answersOf(CnnServiceService.classify, (version, { results }) => [...]))
 */
export function signalsOf(...methods: readonly [string, Reader][]): ReadSignals {
  const readers = new Map(methods);
  return (version, method, response) => readers.get(method)?.(version, response as never) ?? [];
}
