import { CoreError } from './errors';

test('carries the mark by which Quartet knows its own errors', () => {
  const error = CoreError.invalid('spec.classes', 'received 1, expected 2 or more');
  expect((error as unknown as Record<symbol, unknown>)[Symbol.for('quartet.error')]).toBe(true);
  expect(error).toMatchObject({
    name: 'CoreError',
    reason: 'INVALID_FIELD',
    message: 'spec.classes: received 1, expected 2 or more',
    violations: [{ field: 'spec.classes', description: 'received 1, expected 2 or more' }],
    metadata: {},
  });
});

test('names all bad fields in one message', () => {
  const error = CoreError.invalidAll([
    { field: 'a', description: 'is bad' },
    { field: 'b', description: 'is worse' },
  ]);
  expect(error.message).toBe('a: is bad; b: is worse');
});
