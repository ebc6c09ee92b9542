import { MissingPolicy, QuartetError } from '@quartet/contracts';

/** A request's policy for NaN. */
export function missingOf(policy: MissingPolicy): 'refuse' | 'interpolate' {
  switch (policy) {
    case MissingPolicy.MISSING_POLICY_UNSPECIFIED:
    case MissingPolicy.MISSING_POLICY_REFUSE:
      return 'refuse';
    case MissingPolicy.MISSING_POLICY_INTERPOLATE:
      return 'interpolate';
    default:
      throw QuartetError.invalid('missing', `received ${policy}, expected MISSING_POLICY_REFUSE or MISSING_POLICY_INTERPOLATE`);
  }
}
