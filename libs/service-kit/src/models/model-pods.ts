import { QuartetError } from '@quartet/contracts';
import { z } from 'zod';

const SETTING = 'QUARTET_MODEL_PODS';
const EXAMPLE = '{ "models": [{ "model": "digits", "family": "cnn", "address": "dns:///cnn-digits:50051" }] }';

const FILE = z.strictObject({
  models: z.array(
    z.strictObject({
      model: z.string().min(1),
      /** As the service is called: `cnn`. */
      family: z.string().min(1),
      /** `host:port`, or a target of gRPC such as `dns:///cnn-digits:50051`. */
      address: z.string().min(1),
      /** What the pods' certificate names, where that isn't the address. */
      serverName: z.string().min(1).optional(),
    }),
  ),
});

/** A model with pods of its own, and where they are. */
export type ModelPods = z.infer<typeof FILE>['models'][number];

/** @throws QuartetError INVALID_FIELD saying what in the file isn't as it should be */
export function parseModelPods(text: string): readonly ModelPods[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new QuartetError('INVALID_FIELD', `${SETTING}: the file is no JSON (${(cause as Error).message}); expected ${EXAMPLE}.`, { cause });
  }
  const parsed = FILE.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw QuartetError.invalid(SETTING, `in the file, ${issue?.path.join('.') || 'the whole'}: ${issue?.message}; expected ${EXAMPLE}.`);
  }
  const { models } = parsed.data;
  const twice = models.find(({ model }, at) => models.findIndex((other) => other.model === model) < at);
  if (twice) throw QuartetError.invalid(SETTING, `in the file, the model '${twice.model}' is there twice; list each model once.`);
  return models;
}
