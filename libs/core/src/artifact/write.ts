import { CoreError } from '../errors';
import type { Network } from '../network/network';
import type { Seed } from '../random';
import type { Manifest } from './manifest';

export interface ArtifactDescription {
  network: Network;
  family: string;
  classNames: string[];
  metrics: Record<string, number>;
  dataDigest: string;
  seed: Seed;
  extra?: Record<string, unknown>;
}

/**
 * Writes the model into a folder, which is made and must be empty: `manifest.json`, `weights.safetensors` and
 * `saved_model/`, which plain TensorFlow loads.
 *
 * @returns The manifest that was written.
 */
export async function writeArtifact(directory: string, description: ArtifactDescription): Promise<Manifest> {
  await Promise.resolve([directory, description]);
  throw new CoreError('UNIMPLEMENTED', 'not yet');
}
