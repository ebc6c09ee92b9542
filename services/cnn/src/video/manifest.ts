import { QuartetError, type Version } from '@quartet/contracts';
import { isVideoManifest, type Manifest, type VideoManifest } from '@quartet/core';

const known = new WeakMap<Version, Manifest>();

/** What a version's manifest says, whatever it classifies; parsed once. */
export function anyManifest(version: Version): Manifest {
  const parsed = known.get(version) ?? (JSON.parse(version.manifestJson) as Manifest);
  known.set(version, parsed);
  return parsed;
}

export const isVideo = (version: Version): boolean => isVideoManifest(anyManifest(version));

/** @throws QuartetError WRONG_STATE for a version that classifies images. */
export function videoManifestOf(version: Version): VideoManifest {
  const manifest = anyManifest(version);
  if (isVideoManifest(manifest)) return manifest;
  throw wrongKind(version, 'takes images, not videos; call Classify');
}

/** @throws QuartetError WRONG_STATE for a version that classifies videos. */
export function refuseVideo(version: Version): void {
  if (isVideo(version)) throw wrongKind(version, 'takes videos, not images; call ClassifyVideo or ClassifyStream');
}

function wrongKind({ model, version }: Version, what: string): QuartetError {
  return new QuartetError('WRONG_STATE', `model '${model}' version ${version} ${what}`, { metadata: { model } });
}
