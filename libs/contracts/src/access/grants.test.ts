import fc from 'fast-check';
import { allows, allowsAll, parseGrant, type Grant } from './grants';

const grants = (...texts: string[]): Grant[] => texts.map((text) => parseGrant(text)!);

test.each([
  ['infer:digits*', { role: 'infer', pattern: 'digits*' }],
  ['train', { role: 'train', pattern: '*' }],
  ['admin:a.b-c_1', { role: 'admin', pattern: 'a.b-c_1' }],
  ['root:*', undefined],
  ['infer:', undefined],
  ['infer:a b', undefined],
  ['constructor', undefined],
])('%s', (text, grant) => expect(parseGrant(text)).toEqual(grant));

test.each([
  ['infer:digits', 'digits', true],
  ['infer:digits', 'digits2', false],
  ['infer:digits*', 'digits2', true],
  ['infer:*-eu', 'digits-eu', true],
  ['infer:*-eu', 'digits-us', false],
  ['infer:a*a', 'a', false],
  ['infer:a*b*c', 'aXbYc', true],
  ['infer:a*b*c', 'acb', false],
  ['infer:*', '', true],
])('%s for %s: %s', (grant, model, expected) => expect(allows(grants(grant), 'infer', model)).toBe(expected));

test('patterns mean what the same regular expression means', () => {
  const part = fc.stringMatching(/^[ab*]{0,6}$/);
  fc.assert(
    fc.property(part.filter((p) => p !== ''), fc.stringMatching(/^[ab]{0,8}$/), (pattern, model) => {
      const expression = new RegExp(`^${pattern.replaceAll('*', '.*')}$`);
      expect(allows([{ role: 'infer', pattern }], 'infer', model)).toBe(expression.test(model));
    }),
    { seed: 1, numRuns: 500 },
  );
});

test('a role includes those below it, for the same models', () => {
  expect(allows(grants('train:digits*'), 'infer', 'digits')).toBe(true);
  expect(allows(grants('infer:digits*'), 'train', 'digits')).toBe(false);
  expect(allows(grants('admin:digits*'), 'train', 'air')).toBe(false);
  expect(allows(grants('admin'), 'service')).toBe(false);
  expect(allows(grants('service'), 'train', 'air')).toBe(true);
  expect(allows(grants('service'), 'admin', 'air')).toBe(false);
});

test('what concerns every model needs a grant for every model', () => {
  expect(allowsAll(grants('admin:digits*', 'train'), 'admin')).toBe(false);
  expect(allowsAll(grants('admin'), 'admin')).toBe(true);
});
