import { Metadata } from '@grpc/grpc-js';
import { PRIORITY_KEY, priorityOf, withPriority } from '../family/serving/priority';
import { readParameters } from './parameters';

const uint64 = (value: bigint) => ({ parameterChoice: { $case: 'uint64Param' as const, value } });
const call = (priority?: string) => {
  const metadata = new Metadata();
  if (priority) metadata.set(PRIORITY_KEY, priority);
  return { signal: new AbortController().signal, deadline: undefined, traceparent: undefined, metadata };
};
/** What a request with that level, and a header if any, is queued by. */
const queuedBy = (level: bigint, header?: string): number => priorityOf(withPriority(call(header), readParameters({ priority: uint64(level) }).priority));

describe('the priority of an Open Inference request', () => {
  test.each([
    [1n, 9],
    [2n, 8],
    [10n, 0],
    [19n, -9],
    [2n ** 63n, -9],
  ])('level %s is %s', (level, expected) => expect(queuedBy(level)).toBe(expected));

  test('0 is the default: what the metadata say, or 0', () => {
    expect(queuedBy(0n)).toBe(0);
    expect(queuedBy(0n, '-4')).toBe(-4);
    expect(priorityOf(withPriority(call('3'), readParameters({}).priority))).toBe(3);
  });

  test('goes before the metadata, which stay as they are', () => {
    const given = call('-4');
    expect(priorityOf(withPriority(given, 9))).toBe(9);
    expect(priorityOf(given)).toBe(-4);
  });

  test('below 0 there is none', () => {
    const int64 = { parameterChoice: { $case: 'int64Param' as const, value: -1n } };
    expect(() => readParameters({ priority: int64 })).toThrow(/parameters\.priority.*is -1, expected 0 \(the default\) or a level from 1, the highest/);
  });
});
