import { bytes, count, duration, enumName, metric, percent } from './format';

test.each([[0, '0 B'], [1023, '1023 B'], [1536, '1.5 KiB'], [3 * 1024 ** 3, '3.0 GiB']])('%i bytes', (value, text) => expect(bytes(value)).toBe(text));
test.each([[5, '5 ms'], [1500, '1.5 s'], [59_949, '59.9 s'], [60_000, '1 min 0 s'], [119_600, '2 min 0 s'], [3_600_000, '1 h 0 min']])('%i ms', (value, text) => expect(duration(value)).toBe(text));
test('numbers and names', () => {
  expect([count(1234567n), percent(0.98765), metric('loss', 0.123456), metric('test/accuracy', 0.5), metric('loss', undefined)]).toEqual(['1,234,567', '98.77 %', '0.1235', '50.00 %', '-']);
  expect(enumName('JOB_STATE_RUNNING', 'JOB_STATE_')).toBe('running');
});
