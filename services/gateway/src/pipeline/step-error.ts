import { QuartetError } from '@quartet/contracts';
import type { CheckedStep } from './check';

/** A family's error as the pipeline's: it says which step, and its fields are those of the pipeline. */
export function stepError(error: unknown, { name, field }: CheckedStep, index: number): unknown {
  if (!QuartetError.is(error)) return error;
  const violations = error.violations.map((violation) => ({
    field: violation.field.startsWith('model') || index === 0 ? inPipeline(violation.field, field) : `${field} input ${violation.field}`,
    description: violation.description,
  }));
  return new QuartetError(error.reason, `step ${index + 1} (${name}): ${error.message}`, {
    violations,
    metadata: { ...error.metadata, step: `${index}` },
    retryAfterMs: error.retryAfterMs,
    cause: error,
  });
}

/** The first step's images are those of the request. */
const inPipeline = (own: string, step: string): string => (/^(images|batch|input)/.test(own) ? own : `${step}.${own}`);
