import type { Version } from '@quartet/contracts';
import type { Manifest } from '@quartet/core';

const known = new WeakMap<Version, Manifest>();

/** What a version's manifest says; parsed once. */
export function manifestOf(version: Version): Manifest {
  const parsed = known.get(version) ?? (JSON.parse(version.manifestJson) as Manifest);
  known.set(version, parsed);
  return parsed;
}
