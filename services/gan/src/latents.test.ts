import { Violations } from '@quartet/service-kit';
import { checkTruncation, latentOf } from './latents';

const checked = (truncation: number | undefined) => () => {
  const violations = new Violations();
  checkTruncation(truncation, violations);
  violations.throwIfAny();
};

test.each([0, -1, 1e-320, 0.009, 11, NaN])('a truncation of %s is refused before anything is drawn', (truncation) => {
  expect(checked(truncation)).toThrow(`truncation is ${truncation}; it takes a number from 0.01 to 10, such as 1; leave it out to cut nothing`);
});

test('the least one ends, within it', () => {
  expect(checked(0.01)).not.toThrow();
  const latent = latentOf(3n, 0, 64, 0.01);
  expect(latent).toHaveLength(64);
  expect(latent.every((value) => Math.abs(value) <= 0.01)).toBe(true);
});
