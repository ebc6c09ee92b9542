import { QuartetError, type FieldViolation, type pipeline } from '@quartet/contracts';
import { SIGNATURES, type CallName, type Kind } from './steps';

const MAX_STEPS = 8;

type Call = NonNullable<pipeline.Step['call']>;

export interface CheckedStep {
  name: string;
  call: Call;
  /** Where it stands in the request. */
  field: string;
}

/**
 * The steps of a pipeline, each one's output of the kind that the next one takes.
 * @throws QuartetError INVALID_FIELD with a violation for each step that doesn't fit
 */
export function checkSteps(given: pipeline.Pipeline | undefined): CheckedStep[] {
  const steps = given?.steps ?? [];
  if (steps.length === 0 || steps.length > MAX_STEPS) throw QuartetError.invalid('pipeline.steps', `has ${steps.length} steps; it takes 1 to ${MAX_STEPS}`);
  const violations: FieldViolation[] = [];
  const checked: CheckedStep[] = [];
  let kind: Kind | undefined = 'images';
  for (const [index, { name, call }] of steps.entries()) {
    const field = `pipeline.steps[${index}]`;
    const signature = call && SIGNATURES[call.$case];
    if (!call || !signature) {
      violations.push({ field, description: `has no call; it takes one of ${Object.keys(SIGNATURES).join(', ')}` });
      kind = undefined;
      continue;
    }
    if (kind !== undefined && kind !== signature.takes) {
      const before = index === 0 ? 'the input is' : `the step before gives`;
      violations.push({ field: `${field}.${call.$case}`, description: `takes ${signature.takes}, but ${before} ${kind}${whoGives(signature.takes)}` });
    }
    if (!call.value.model?.name) violations.push({ field: `${field}.${call.$case}.model.name`, description: 'is empty; name the model' });
    kind = signature.gives;
    checked.push({ name: name || call.$case, call, field: `${field}.${call.$case}` });
  }
  if (violations.length > 0) {
    throw new QuartetError('INVALID_FIELD', violations.map(({ field, description }) => `${field}: ${description}`).join('; '), { violations });
  }
  return checked;
}

function whoGives(kind: Kind): string {
  const names = (Object.keys(SIGNATURES) as CallName[]).filter((name) => SIGNATURES[name].gives === kind);
  return names.length > 0 ? `; put ${names.join(' or ')} before it` : '; put it first';
}
