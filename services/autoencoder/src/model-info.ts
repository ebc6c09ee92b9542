import type { Version } from '@quartet/contracts';
import type { AutoencoderSpec, LatentTable, Manifest } from '@quartet/core';

/** What an autoencoder's manifest keeps beside the model. */
export interface AutoencoderExtra {
  /** Reconstruction errors of the validation part, as equidistant quantiles from the least to the largest; none without that part. */
  validationErrors: number[];
  /** What Compress codes latents by. */
  latentTable: LatentTable;
  /** Training rows whose latents are in the index, from the first on. */
  indexed: number;
}

export type AutoencoderManifest = Manifest<AutoencoderSpec> & { extra: AutoencoderExtra & Record<string, unknown> };

const known = new WeakMap<Version, AutoencoderManifest>();

/** What a version's manifest says; parsed once. */
export function manifestOf(version: Version): AutoencoderManifest {
  const parsed = known.get(version) ?? (JSON.parse(version.manifestJson) as AutoencoderManifest);
  known.set(version, parsed);
  return parsed;
}
