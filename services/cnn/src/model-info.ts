import type { Version } from '@quartet/contracts';
import type { ClassifierManifest } from '@quartet/core';

const known = new WeakMap<Version, ClassifierManifest>();

/** What a version's manifest says; parsed once. */
export function manifestOf(version: Version): ClassifierManifest {
  const parsed = known.get(version) ?? (JSON.parse(version.manifestJson) as ClassifierManifest);
  known.set(version, parsed);
  return parsed;
}
