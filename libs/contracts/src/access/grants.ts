/**
 * What a caller may be allowed to do. `infer` uses models and reads about them, `train` also makes versions and works with data,
 * `admin` also decides what is served and removes things. `service` is for Quartet's own processes: all that `train` may, for every
 * model, and the registry's WorkerService.
 */
export const ROLES = ['infer', 'train', 'admin', 'service'] as const;
export type Role = (typeof ROLES)[number];

/** Who has what a role asks for. */
const HOLDERS: Readonly<Record<Role, readonly Role[]>> = {
  infer: ['infer', 'train', 'admin', 'service'],
  train: ['train', 'admin', 'service'],
  admin: ['admin'],
  service: ['service'],
};

/** A role for the models whose names match a pattern. */
export interface Grant {
  readonly role: Role;
  /** A model's name, in which each `*` stands for any characters. */
  readonly pattern: string;
}

/** `infer:digits*`, `train:*`; a bare `infer` is `infer:*`. undefined: not a grant. */
export function parseGrant(text: string): Grant | undefined {
  const cut = text.indexOf(':');
  const name = cut < 0 ? text : text.slice(0, cut);
  const pattern = cut < 0 ? '*' : text.slice(cut + 1);
  const role = ROLES.find((known) => known === name);
  return role && /^[\w.*-]+$/.test(pattern) ? { role, pattern } : undefined;
}

/** Whether a model's name is one of a pattern, in which each `*` stands for any characters. */
export function matchesPattern(pattern: string, model: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === model;
  if (!model.startsWith(first)) return false;
  const last = rest.pop()!;
  let at = first.length;
  // Each part at its first place leaves the most room to the next; no regular expression, so no backtracking.
  for (const part of rest) {
    const found = model.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return model.length - last.length >= at && model.endsWith(last);
}

/** True if the grants include a role for a model; without a model: for any. */
export function allows(grants: readonly Grant[], role: Role, model?: string): boolean {
  return grants.some((grant) => HOLDERS[role].includes(grant.role) && (model === undefined || grant.role === 'service' || matchesPattern(grant.pattern, model)));
}

/** True if the grants include a role for every model there may be. */
export function allowsAll(grants: readonly Grant[], role: Role): boolean {
  return grants.some((grant) => HOLDERS[role].includes(grant.role) && (grant.role === 'service' || grant.pattern === '*'));
}
