import { Refusals, type Asked } from './refusals';

const A = '127.0.0.1:1';
const B = '127.0.0.1:2';
const asked = (fields: Partial<Asked> = {}): Asked => ({ queue: 'Classify digits', leftMs: 1000, bytes: 100, ...fields });

describe('Refusals', () => {
  let refusals: Refusals;
  beforeEach(() => (refusals = new Refusals()));

  test('a call like one that was just refused is refused, with what is left of the delay', () => {
    expect(refusals.check(asked(), 1, 0)).toBe(0);
    refusals.note(asked(), A, 800, 0);
    expect(refusals.check(asked(), 1, 30)).toBe(770);
    expect(refusals.check(asked({ leftMs: 900, bytes: 200 }), 1, 99)).toBe(701);
    // By some milliseconds and bytes all calls differ.
    expect(refusals.check(asked({ leftMs: 1003, bytes: 98 }), 1, 99)).toBe(701);
  });

  test('for 100 ms at most, and a quarter of the delay: the queue must not run empty', () => {
    refusals.note(asked(), A, 800, 0);
    expect(refusals.check(asked(), 1, 100)).toBe(0);
    refusals.note(asked(), A, 40, 200);
    expect(refusals.check(asked(), 1, 209)).toBe(31);
    expect(refusals.check(asked(), 1, 210)).toBe(0);
  });

  test.each([
    ['for another queue', { queue: 'Classify letters' }],
    ['with more time', { leftMs: 1150 }],
    ['without a deadline', { leftMs: Infinity }],
    ['with less data', { bytes: 85 }],
  ])('a call %s goes through', (_, fields) => {
    refusals.note(asked(), A, 800, 0);
    expect(refusals.check(asked(fields), 1, 1)).toBe(0);
  });

  test('a full queue, which refuses calls without a deadline too, holds for all', () => {
    refusals.note(asked({ leftMs: Infinity }), A, 800, 0);
    expect(refusals.check(asked(), 1, 1)).toBe(799);
  });

  test('every replica that may take the call must have refused: one that is full says nothing of the others', () => {
    refusals.note(asked(), A, 800, 0);
    expect(refusals.check(asked(), 2, 1)).toBe(0);
    refusals.note(asked(), B, 500, 2);
    expect(refusals.check(asked(), 2, 3)).toBe(499);
    expect(refusals.check(asked(), 2, 101)).toBe(0);
  });

  test('a refusal that tells less does not replace one that tells more, while that holds', () => {
    refusals.note(asked({ leftMs: 1000 }), A, 800, 0);
    refusals.note(asked({ leftMs: 10 }), A, 800, 50);
    expect(refusals.check(asked(), 1, 51)).toBe(749);
    refusals.note(asked({ leftMs: 10 }), A, 800, 120);
    expect(refusals.check(asked(), 1, 121)).toBe(0);
    expect(refusals.check(asked({ leftMs: 5 }), 1, 121)).toBe(799);
  });

  test('remembers a bounded number of queues, the latest', () => {
    for (let at = 0; at < 5000; at++) refusals.note(asked({ queue: `${at}` }), A, 800, 0);
    expect(refusals.check(asked({ queue: '0' }), 1, 1)).toBe(0);
    expect(refusals.check(asked({ queue: '4999' }), 1, 1)).toBe(799);
  });
});
