import { gan, Version } from '@quartet/contracts';
import { signals } from './signals';

const { GanServiceService: service } = gan;
const version = Version.fromPartial({});

test('of a semi-supervised discriminator: how sure it is of the class', () => {
  const answer = gan.DiscriminateResponse.fromPartial({ results: [{ score: 9, className: 'one', probability: 0.75, probabilities: [0.75, 0.25] }] });
  expect(signals(version, service.discriminate.path, answer)).toEqual([{ name: 'confidence', values: [0.75], worse: 'lower' }]);
  // One without classes answers with a probability of 0, which isn't one.
  expect(signals(version, service.discriminate.path, gan.DiscriminateResponse.fromPartial({ results: [{ score: 9 }] }))).toMatchObject([{ values: [NaN] }]);
});

test('of a projection: its error; of what is generated nothing', () => {
  expect(signals(version, service.project.path, gan.ProjectResponse.fromPartial({ errors: [0.5] }))).toEqual([{ name: 'projection error', values: [0.5], worse: 'higher' }]);
  expect(signals(version, service.interpolate.path, gan.InterpolateResponse.fromPartial({}))).toEqual([]);
});
