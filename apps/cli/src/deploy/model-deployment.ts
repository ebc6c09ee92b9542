import { SETTINGS } from '@quartet/contracts';
import { z } from 'zod';
import { AdviceError } from '../output';
import { FAMILIES } from '../platform/services';

const name = z.string().regex(/^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/, { error: 'takes 1 to 40 lower-case letters, digits and hyphens, a letter first' });
const QUANTITY = { error: 'takes a quantity of Kubernetes, such as 500m or 4Gi' };
const quantity = z.union([z.string().regex(/^\d+(\.\d+)?(m|Ki|Mi|Gi|Ti|k|M|G|T)?$/, QUANTITY), z.number().positive(QUANTITY)], QUANTITY);
const amounts = z.record(z.string().min(1), quantity);
const count = (least: number) => z.int({ error: 'takes a whole number' }).min(least, { error: `takes ${least} or more` }).max(1000, { error: 'takes 1000 or less' });

/** Each setting's own parser decides whether a value is right, so that a pod doesn't first find out when it starts. */
const settings = z.record(z.string(), z.union([z.string(), z.number()])).superRefine((values, context) => {
  for (const [variable, value] of Object.entries(values)) {
    const setting = SETTINGS[variable as keyof typeof SETTINGS];
    if (!setting) context.addIssue({ code: 'custom', path: [variable], message: 'is no setting; docs/settings.md lists them' });
    else if (setting.parse(String(value)) === undefined) context.addIssue({ code: 'custom', path: [variable], message: `is "${value}"; it takes: ${setting.accepts}` });
  }
});

/** A model with pods of its own, which no other model's load slows down. */
const modelDeployment = z.strictObject({
  apiVersion: z.literal('quartet/v1', { error: 'takes quartet/v1' }),
  kind: z.literal('ModelDeployment', { error: 'takes ModelDeployment' }),
  metadata: z.strictObject({
    /** Of the model. Its objects are called <family>-<name>. */
    name,
  }),
  spec: z.strictObject({
    family: z.enum(FAMILIES as [string, ...string[]], { error: `takes one of ${FAMILIES.join(', ')}` }),
    /** With a `min` of 0 there are pods only while the model is called. */
    replicas: z.strictObject({ min: count(0), max: count(1) }).refine(({ min, max }) => min <= max, { error: 'has a min above its max' }),
    /** More replicas when more requests than this wait in each of them on average; with a `min` of 0 those that are under way count as well. */
    queueLength: count(1).default(4),
    image: z.string().min(1).optional(),
    requests: amounts.optional(),
    limits: amounts.optional(),
    settings: settings.optional(),
    /** Calls that carry the header `quartet-model: <name>` go to these pods (Gateway API). */
    route: z
      .strictObject({ hostnames: z.array(z.string().min(1)).min(1), gateway: z.strictObject({ name, namespace: name.optional(), sectionName: name.optional() }) })
      .optional(),
  }),
});

export type ModelDeployment = z.infer<typeof modelDeployment>;

/**
 * Checks one document of a file.
 * @throws AdviceError with a line for each bad field: where, what was received, what it takes.
 */
export function readModelDeployment(document: unknown, source: string): ModelDeployment {
  const result = modelDeployment.safeParse(document);
  if (result.success) return result.data;
  const lines = result.error.issues.map(({ path, message }) => `  ${path.join('.') || 'the document'}: ${message}${/^is /.test(message) ? '' : received(document, path)}`);
  throw new AdviceError(`${source} is no ModelDeployment:\n${lines.join('\n')}`, 'docs/operations.md shows one, and deploy/examples/ holds one');
}

function received(document: unknown, path: readonly PropertyKey[]): string {
  let value: unknown = document;
  for (const key of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[key];
  return value === undefined || typeof value === 'object' ? '' : `; it is ${JSON.stringify(value)}`;
}
