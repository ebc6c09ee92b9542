import type { Dataset } from '@quartet/contracts';
import { kindOf, sizeOf, type AutoencoderSpec } from '@quartet/core';

export interface Warning {
  verdict: string;
  evidence: string;
  remedy: string;
}

/** Columns that a warning names. */
const MOST_NAMED = 10;

/** What is allowed, but hardly meant. */
export function warnings(spec: AutoencoderSpec, { schema }: Pick<Dataset, 'schema'>): Warning[] {
  const found: Warning[] = [];
  const size = sizeOf(spec);
  if (spec.latentSize >= size) {
    found.push({
      verdict: 'latent_too_large',
      evidence: `the latent has ${spec.latentSize} numbers, an example ${size}: nothing makes the model learn what examples are like rather than copy them`,
      remedy: 'a smaller latent_size, or a corruption, sparsity or dropout',
    });
  }
  // A column without spread has the deviation 1 exactly, which others have only by chance.
  const constant = kindOf(spec) === 'image' ? [] : (schema?.columns ?? []).filter((_, column) => schema?.standardDeviation[column] === 1);
  if (constant.length > 0) {
    const named = constant.slice(0, MOST_NAMED).join(', ') + (constant.length > MOST_NAMED ? `, and ${constant.length - MOST_NAMED} more` : '');
    found.push({
      verdict: 'constant_columns',
      evidence: `these columns have one value in all of the training part: ${named}. They tell nothing, and another value in them later counts as an anomaly in their own units`,
      remedy: 'leave them out of the data, or bring training rows in which they vary',
    });
  }
  return found;
}
