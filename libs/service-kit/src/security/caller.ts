import type { Grant } from '@quartet/contracts';

/** Who makes a call. */
export interface Caller {
  /** Of the static token, the JWT's subject, or the certificate's common name. */
  readonly name: string;
  /** How it is known. */
  readonly via: 'token' | 'jwt' | 'certificate' | 'nothing';
  readonly grants: readonly Grant[];
}

const every = (role: Grant['role']): Grant => ({ role, pattern: '*' });

/** May do everything: what callers are where nothing tells them apart. */
export const EVERYTHING: readonly Grant[] = [every('admin'), every('service')];

export const ANONYMOUS: Caller = { name: 'anonymous', via: 'nothing', grants: EVERYTHING };

/** Whoever hasn't been admitted. */
export const NOBODY: Caller = { name: 'nobody', via: 'nothing', grants: [] };
