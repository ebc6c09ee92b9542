import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { binding } from '../engine';
import { CoreError } from '../errors';
import type { Network } from '../network/network';
import { normalizeSeed, type Seed } from '../random';
import { writeSafetensors } from '../safetensors/safetensors';
import { elementCount, type HostTensor } from '../tensor/host-tensor';
import { exportGraph } from './export-graph';
import type { ArtifactFile, Manifest } from './manifest';
import { SavedModelSession } from './session';
import { INPUT, MANIFEST_FILE, SAVED_MODEL_FILE, SAVED_MODEL_FOLDER, signatureOf, WEIGHTS_FILE, type OutputName } from './signature';

export interface ArtifactDescription {
  network: Network;
  family: string;
  /** Name of each class, by index. */
  classNames: string[];
  metrics: Record<string, number>;
  dataDigest: string;
  seed: Seed;
  /** Anything else to keep in the manifest; plain JSON. */
  extra?: Record<string, unknown>;
}

/** How far the exported graph may stray from the network, relative to the largest logit: rounding, no more. */
const TOLERANCE = 1e-4;

/**
 * Writes the model into a folder, which is made and must be empty: `manifest.json`, `weights.safetensors` and
 * `saved_model/`, which plain TensorFlow loads. The SavedModel is loaded and compared with the network first.
 *
 * @returns The manifest that was written.
 * @throws CoreError INVALID_FIELD, WRONG_STATE when the folder isn't empty, DISK_FULL, or INTERNAL when the exported
 *   graph doesn't compute what the network does.
 */
export async function writeArtifact(directory: string, description: ArtifactDescription): Promise<Manifest> {
  const { network, classNames } = description;
  if (classNames.length !== network.spec.classes) {
    throw CoreError.invalid('classNames', `received ${classNames.length} names, expected ${network.spec.classes}, one a class`);
  }
  try {
    await mkdir(path.join(directory, SAVED_MODEL_FOLDER), { recursive: true });
    const present = await readdir(directory, { recursive: true });
    if (present.length > 1) throw new CoreError('WRONG_STATE', `${directory} is not empty; give a new folder for the artefact`);

    const weights = await writeHashed(directory, WEIGHTS_FILE, writeSafetensors(network.exportWeights(), { format: 'quartet' }));
    const graph = await writeHashed(directory, SAVED_MODEL_FILE, exportGraph(network));
    compareWithNetwork(path.join(directory, SAVED_MODEL_FOLDER), network);
    const manifest = describe(description, weights, [weights, graph]);
    await writeFile(path.join(directory, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
    return manifest;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOSPC') throw cause;
    throw new CoreError('DISK_FULL', `no space left for the artefact in ${directory}; free some and try again`, { cause });
  }
}

function describe(description: ArtifactDescription, weights: ArtifactFile, files: ArtifactFile[]): Manifest {
  const { network, family, classNames, metrics, dataDigest, seed, extra } = description;
  return {
    format: 'quartet.artifact',
    formatVersion: 1,
    family,
    spec: network.spec,
    signature: signatureOf(network),
    classNames,
    parameterCount: network.parameterCount,
    metrics,
    dataDigest,
    seed: normalizeSeed(seed).toString(),
    weightsSha256: weights.sha256,
    versions: { quartet: ownVersion(), tensorflow: binding().TF_Version, node: process.version },
    createdAt: new Date().toISOString(),
    extra: extra ?? {},
    files,
  };
}

async function writeHashed(directory: string, file: string, bytes: Uint8Array): Promise<ArtifactFile> {
  await writeFile(path.join(directory, file), bytes);
  return { path: file, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

function compareWithNetwork(folder: string, network: Network): void {
  const shape = [5, ...network.spec.inputShape];
  const data = Float32Array.from({ length: elementCount(shape) }, (_, index) => ((index * 37) % 101) / 100);
  const session = new SavedModelSession<OutputName>(folder, signatureOf(network));
  try {
    const exported = session.run({ [INPUT]: { dtype: 'float32', shape, data } });
    const own = network.predict({ dtype: 'float32', shape, data });
    checkClose('logits', exported.logits, own.logits);
    checkClose('embedding', exported.embedding, own.embedding);
  } finally {
    session.dispose();
  }
}

function checkClose(name: string, exported: HostTensor, own: HostTensor): void {
  let scale = 1;
  for (const value of own.data) scale = Math.max(scale, Math.abs(value));
  for (const [index, value] of own.data.entries()) {
    // Written so that NaN fails.
    if (Math.abs((exported.data[index] ?? NaN) - value) <= TOLERANCE * scale) continue;
    throw new CoreError(
      'INTERNAL',
      `the exported graph yields ${exported.data[index]} where the network yields ${value} (${name}, element ${index}); the artefact is not usable`,
    );
  }
}

function ownVersion(): string {
  return (JSON.parse(readFileSync(path.join(__dirname, '../../package.json'), 'utf8')) as { version: string }).version;
}
