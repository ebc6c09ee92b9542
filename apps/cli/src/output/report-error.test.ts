import { QuartetError } from '@quartet/contracts';
import { AdviceError, reportError, UsageError } from './report-error';
import type { Output } from './terminal';

function report(error: unknown): { code: number; lines: string[] } {
  const lines: string[] = [];
  const out = { line: (text = '') => lines.push(text), paint: (_: unknown, text: string) => text } as unknown as Output;
  return { code: reportError(out, error), lines };
}

test('one line says what is wrong; only what it does not say already follows', () => {
  const twice = new QuartetError('INVALID_FIELD', 'two fields are wrong', { violations: [{ field: 'model', description: 'is empty' }, { field: 'options.epochs', description: 'is 0; it takes 1 to 10000' }] });
  expect(report(twice)).toEqual({ code: 1, lines: ['error: two fields are wrong', '  model: is empty', '  options.epochs: is 0; it takes 1 to 10000'] });
  expect(report(QuartetError.invalid('model', 'is empty'))).toEqual({ code: 1, lines: ['error: model: is empty'] });
});

test('hints: when to try again, where to look', () => {
  expect(report(new QuartetError('QUEUE_FULL', 'the queue is full', { retryAfterMs: 1500 })).lines).toEqual(['error: the queue is full', 'hint: try again in 1.5 s']);
  expect(report(new QuartetError('MODEL_NOT_FOUND', 'no model x')).lines[1]).toContain('quartet models list');
  expect(report(new QuartetError('INTERNAL', 'a fault', { metadata: { incident: 'ab12' } })).lines).toEqual(['error: a fault', '  incident ab12', expect.stringContaining('QUARTET_HOME/logs')]);
});

test('exit codes', () => {
  expect(report(new UsageError('what?'))).toEqual({ code: 2, lines: ['error: what?'] });
  expect(report(new AdviceError('no', 'do this', 130))).toEqual({ code: 130, lines: ['error: no', 'hint: do this'] });
  expect(report(new Error('odd'))).toEqual({ code: 1, lines: ['error: odd'] });
});
