import { Part, type Dataset } from '@quartet/contracts';
import type { ResolvedTrainingOptions } from './training-options';
import type { Violations } from './violations';

/** Whether a data set has examples in a part. */
export const hasPart = (parts: Dataset['parts'], wanted: Part): boolean => parts.some(({ part, count }) => part === wanted && count > 0n);

/** Early stopping has nothing to go by without a validation part. */
export function checkEarlyStopping({ earlyStoppingPatience }: ResolvedTrainingOptions, { name, parts }: Pick<Dataset, 'name' | 'parts'>, violations: Violations): void {
  if (earlyStoppingPatience === 0 || hasPart(parts, Part.PART_VALIDATION)) return;
  violations.add('options.early_stopping_patience', `is ${earlyStoppingPatience}, but data set '${name}' has no validation part; set it to 0, or import the data with a validation_share`);
}
