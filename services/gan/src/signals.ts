import { gan } from '@quartet/contracts';
import { answersOf, signalsOf } from '@quartet/service-kit';

const { discriminate, project } = gan.GanServiceService;

/**
 * How sure a semi-supervised model is of the classes, and how near the generator comes to what it is to project. Generated examples carry no number of the kind,
 * and a discriminator's score has a scale of its own in every version.
 */
export const signals = signalsOf(
  answersOf(discriminate, (_version, { results }) => [{ name: 'confidence', values: results.map(({ probabilities, probability }) => (probabilities.length > 0 ? probability : NaN)), worse: 'lower' }]),
  answersOf(project, (_version, { errors }) => [{ name: 'projection error', values: errors, worse: 'higher' }]),
);
