import type { Version } from '@quartet/contracts';
import type { ClassifierManifest } from '@quartet/core';
import { anyManifest, refuseVideo } from './video/manifest';

/** What a version's manifest says; parsed once. @throws QuartetError WRONG_STATE for a version that classifies videos. */
export function manifestOf(version: Version): ClassifierManifest {
  refuseVideo(version);
  return anyManifest(version) as ClassifierManifest;
}
