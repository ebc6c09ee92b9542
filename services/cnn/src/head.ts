import { QuartetError, type Version } from '@quartet/contracts';
import { manifestOf } from './model-info';

/** @throws QuartetError FAILED_PRECONDITION when a method isn't for what the version gives: Predict for numbers, Classify for the rest. */
export function checkHead(version: Version, method: 'Classify' | 'Predict'): void {
  const { head = 'classes' } = manifestOf(version).spec;
  if ((head === 'numbers') === (method === 'Predict')) return;
  throw new QuartetError('WRONG_STATE', `model '${version.model}' version ${version.version} gives ${head}; call ${head === 'numbers' ? 'Predict' : 'Classify'} for these`);
}
