import { QuartetError } from '@quartet/contracts';

/** A data set that this task can't learn from. */
export function unusable(dataset: string, description: string): QuartetError {
  const field = 'dataset';
  return new QuartetError('UNUSABLE_DATASET', `${field}: '${dataset}' ${description}`, { violations: [{ field, description }], metadata: { dataset } });
}
