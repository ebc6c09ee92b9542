import type { Version } from '@quartet/contracts';
import type { ClassifierManifest } from '@quartet/core';
import { refuseVideo } from './video/manifest';

const known = new WeakMap<Version, ClassifierManifest>();

/** What a version's manifest says; parsed once. @throws QuartetError WRONG_STATE for a version that classifies videos. */
export function manifestOf(version: Version): ClassifierManifest {
  refuseVideo(version);
  const parsed = known.get(version) ?? (JSON.parse(version.manifestJson) as ClassifierManifest);
  known.set(version, parsed);
  return parsed;
}
