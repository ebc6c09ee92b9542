import { Metadata } from '@grpc/grpc-js';
import type { QuartetClient } from '@quartet/client';
import { Traffic, Version } from '@quartet/contracts';
import type { CallContext } from '../../server/handlers';
import { TrafficControl } from './traffic-control';
import type { ReadSignals } from './signals';

const version = (number: bigint) => Version.fromPartial({ model: 'digits', version: number });
const production = version(1n);
const canaried = [Traffic.fromPartial({ model: 'digits', canary: { version: 2n, weight: 50 } })];

describe('signals', () => {
  const read = jest.fn<ReturnType<ReadSignals>, Parameters<ReadSignals>>();
  const rollback = jest.fn(async () => ({}));
  const error = jest.fn();
  const log = { error, warn: jest.fn(), debug: jest.fn() };
  let control: TrafficControl;

  beforeEach(() => {
    jest.resetAllMocks();
    rollback.mockResolvedValue({});
    control = new TrafficControl({ registry: { models: { rollback } } as unknown as QuartetClient, log: log as never, labelled: () => production, isLoaded: () => true, signals: read });
  });

  const answer = (by: Version, response: unknown = {}): void => {
    const context = { method: '/quartet.cnn.v1.CnnService/Classify', metadata: new Metadata(), signal: new AbortController().signal } as CallContext;
    const call = control.begin(context);
    control.resolved(by, context);
    control.ended(call, undefined, 1);
    control.answered(call, context, response, 1, async () => response);
  };

  test('are read of the answers of canary and production alone, and only while there is a canary', () => {
    read.mockReturnValue([]);
    answer(production);
    control.update([Traffic.fromPartial({ model: 'digits', shadow: { version: 2n, percent: 1 } })]);
    answer(production);
    expect(read).not.toHaveBeenCalled();
    control.update(canaried);
    answer(version(3n));
    expect(read).not.toHaveBeenCalled();
    answer(production, 'an answer');
    expect(read.mock.calls).toEqual([[production, '/quartet.cnn.v1.CnnService/Classify', 'an answer']]);
  });

  test('end the canary where they are worse, once', () => {
    read.mockImplementation(({ version: of }) => [{ name: 'confidence', values: [of === 2n ? 0.61 : 0.93], worse: 'lower' }]);
    control.update(canaried);
    for (let i = 0; i < 60; i++) for (const by of [production, version(2n)]) answer(by);
    expect(rollback.mock.calls).toEqual([[{ model: 'digits', canaryVersion: 2n, reason: "its mean confidence is 0.61, production's 0.93, over 50 and 50 calls" }]]);
    expect(read).toHaveBeenCalledTimes(100);
  });

  test('that cannot be read cost the caller nothing', () => {
    read.mockImplementation(() => {
      throw new Error('no such field');
    });
    control.update(canaried);
    expect(() => answer(production)).not.toThrow();
    expect(error).toHaveBeenCalledTimes(1);
  });
});
