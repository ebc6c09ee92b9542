import type { Version } from '@quartet/contracts';
import type { AutoencoderSpec, CodeTable, Manifest, WatchReport } from '@quartet/core';
import type { Projection } from './project/projection';

/** What an autoencoder's manifest keeps beside the model. */
export interface AutoencoderExtra {
  /** Names of the columns of rows, series and sequences. */
  columns: string[];
  /** Sequences: shorter ones than `spec.inputShape` says are taken. */
  varied: boolean;
  /** Anomaly scores of the validation part, as equidistant quantiles from the least to the largest; none without that part. */
  validationScores: number[];
  /** What Compress codes latents by. */
  latentTable: CodeTable;
  /** Training rows whose latents are in the index, from the first on. */
  indexed: number;
  /** Whether the version has the graph of near latents. */
  graph: boolean;
  projection: Projection;
  watched: WatchReport;
}

export type AutoencoderManifest = Manifest<AutoencoderSpec> & { extra: AutoencoderExtra & Record<string, unknown> };

const known = new WeakMap<Version, AutoencoderManifest>();

/** What a version's manifest says; parsed once. */
export function manifestOf(version: Version): AutoencoderManifest {
  const parsed = known.get(version) ?? (JSON.parse(version.manifestJson) as AutoencoderManifest);
  known.set(version, parsed);
  return parsed;
}
