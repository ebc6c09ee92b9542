import { QuartetError, type TrainingEvent } from '@quartet/contracts';
import { createLogger } from '../../logging/logger';
import { EventLog } from './event-log';

const progress = (step: number, metrics: Record<string, number> = {}): NonNullable<TrainingEvent['event']> => ({
  $case: 'progress',
  value: { step: BigInt(step), totalSteps: 100n, epoch: 1, totalEpochs: 1, metrics, examplesPerSecond: 1, timeGradients: undefined },
});
const away = () => new QuartetError('UNAVAILABLE', 'away');

/** An event log whose registry is `answer`; what it takes is kept. */
function logWith(answer: (call: number) => Promise<{ cancelRequested: boolean }>) {
  const taken: TrainingEvent[] = [];
  const told: string[] = [];
  let calls = 0;
  const log = new EventLog({
    lease: { jobId: 'j', attempt: 2, token: 't' },
    record: async (events) => {
      const result = await answer(++calls);
      taken.push(...events);
      return result;
    },
    log: createLogger({ service: 'test', level: 'silent' }),
    onCancel: () => told.push('cancel'),
    onLeaseLost: (message) => told.push(message),
  });
  const kinds = () => taken.map(({ event }) => (event?.$case === 'progress' ? `step ${event.value.step}` : event?.$case === 'log' ? event.value.message : event?.$case));
  return { log, taken, told, kinds, calls: () => calls };
}

const ok = () => Promise.resolve({ cancelRequested: false });

describe('EventLog', () => {
  it('sends in order, and of progress between two calls the last', async () => {
    const { log, kinds, taken } = logWith(ok);
    for (let step = 1; step <= 50; step++) log.add(progress(step));
    log.line('info', 'half way');
    for (let step = 51; step <= 100; step++) log.add(progress(step));
    await log.close();
    expect(kinds()).toEqual(['step 50', 'half way', 'step 100']);
    expect(taken.every(({ attempt, time }) => attempt === 2 && time instanceof Date)).toBe(true);
  });

  it('keeps what only an earlier step between two calls measured', async () => {
    const { log, taken } = logWith(ok);
    const timeGradients = { step: 1n, cells: [{ path: 'recurrent.0', timeSteps: 2, norms: [0.5, 1], reach: 1 }] };
    const first = progress(1, { loss: 3, 'gradientNorm/kernel': 0.5 });
    if (first.$case === 'progress') first.value.timeGradients = timeGradients;
    log.add(first);
    log.add(progress(2, { loss: 2 }));
    log.line('info', 'half way');
    log.add(progress(3, { loss: 1 }));
    await log.close();
    const told = taken.flatMap(({ event }) => (event?.$case === 'progress' ? [event.value] : []));
    expect(told.map(({ metrics }) => metrics)).toEqual([{ loss: 2, 'gradientNorm/kernel': 0.5 }, { loss: 1 }]);
    expect(told.map((value) => value.timeGradients)).toEqual([timeGradients, undefined]);
  });

  it.each([
    ['is away', away()],
    ['has no space left', new QuartetError('DISK_FULL', 'full')],
  ])('keeps everything while the registry %s', async (_, error) => {
    const { log, kinds } = logWith((call) => (call <= 3 ? Promise.reject(error) : ok()));
    log.line('info', 'one');
    await new Promise((resolve) => setTimeout(resolve, 50));
    log.add(progress(1));
    log.line('info', 'two');
    await log.close();
    expect(kinds()).toEqual(['one', 'step 1', 'two']);
  });

  it('bounds what it keeps: progress goes before log lines, the newest stays', async () => {
    let back = false;
    const { log, kinds } = logWith(() => (back ? ok() : Promise.reject(away())));
    log.add({ $case: 'epochEnd', value: { epoch: 1, metrics: {}, seconds: 1, best: true } });
    await new Promise((resolve) => setTimeout(resolve, 10));
    for (let i = 0; i < 12_000; i++) log.line('info', `${i}`);
    back = true;
    await log.close();
    expect(kinds()).toHaveLength(10_000);
    expect(kinds()[0]).toBe('epochEnd');
    expect(kinds().at(-1)).toBe('11999');
  }, 20_000);

  it('tells of a cancellation and of a lost lease', async () => {
    const cancelled = logWith(() => Promise.resolve({ cancelRequested: true }));
    cancelled.log.line('info', 'x');
    await cancelled.log.close();
    expect(cancelled.told).toEqual(['cancel']);
    const lost = logWith(() => Promise.reject(new QuartetError('LEASE_LOST', 'taken by attempt 3')));
    lost.log.line('info', 'x');
    await lost.log.close();
    expect(lost.told).toEqual(['taken by attempt 3']);
  });

  it('leaves out what the registry refuses, and goes on', async () => {
    const { log, kinds } = logWith((call) => (call === 1 ? Promise.reject(new QuartetError('INVALID_FIELD', 'bad')) : ok()));
    log.line('info', 'refused');
    await new Promise((resolve) => setTimeout(resolve, 20));
    log.line('info', 'taken');
    await log.close();
    expect(kinds()).toEqual(['taken']);
  });

  it('ends at once when its time is up', async () => {
    const { log } = logWith(() => Promise.reject(away()));
    log.line('info', 'x');
    const started = Date.now();
    await log.close(AbortSignal.timeout(200));
    expect(Date.now() - started).toBeLessThan(2_000);
  });
});
