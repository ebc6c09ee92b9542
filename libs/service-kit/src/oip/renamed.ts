import { QuartetError } from '@quartet/contracts';
import type { InferenceSignature } from './open-inference';

/**
 * An error of the code that serves typed calls, with the fields as they stand in this request: `batch.data` is `inputs[0].data`.
 * @param positions Where each input stands, by its name.
 */
export function renamed(error: unknown, { inputs }: InferenceSignature, positions: Readonly<Record<string, number>>): unknown {
  if (!QuartetError.is(error) || error.violations.length === 0) return error;
  let { message } = error;
  const violations = error.violations.map(({ field, description }) => {
    const spec = inputs.find((each) => new RegExp(`^${each.field ?? each.name}(?=$|[.[])`).test(field));
    const position = spec && positions[spec.name];
    if (position === undefined) return { field, description };
    const own = `inputs[${position}]${field.slice((spec!.field ?? spec!.name).length)}`;
    message = message.replaceAll(field, own);
    return { field: own, description };
  });
  return new QuartetError(error.reason, message, { violations, retryAfterMs: error.retryAfterMs, metadata: error.metadata, cause: error });
}
