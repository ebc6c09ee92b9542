import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { binding } from '../engine';
import { CoreError } from '../errors';
import { normalizeSeed, type Seed } from '../random';
import { writeSafetensors } from '../safetensors/safetensors';
import { toHost } from '../tensor/convert';
import { elementCount } from '../tensor/host-tensor';
import { compareWithExport } from './compare';
import { DEFAULT_SIGNATURE, exportModel, type ExportableModel, type FunctionSignature } from './export-model';
import { MANIFEST_FILE, SAVED_MODEL_FILE, SAVED_MODEL_FOLDER, WEIGHTS_FILE } from './files';
import type { ArtifactFile, Manifest } from './manifest';

export interface ModelDescription<Spec> {
  family: string;
  /** From which the family builds the model; plain JSON. */
  spec: Spec;
  model: ExportableModel;
  /** Default: the elements of the weights that are trained. */
  parameterCount?: number;
  /** Name of each class, by index. Default: none. */
  classNames?: string[];
  metrics: Record<string, number>;
  dataDigest: string;
  seed: Seed;
  /** Anything else to keep in the manifest; plain JSON. */
  extra?: Record<string, unknown>;
  /** More files by their plain relative path: a vocabulary, an index. */
  files?: Record<string, Uint8Array>;
}

/**
 * Writes a model into a folder, which is made and must be empty: `manifest.json`, `weights.safetensors` and
 * `saved_model/`, which plain TensorFlow loads. The SavedModel is loaded and compared with the model first.
 *
 * @returns The manifest that was written.
 * @throws CoreError WRONG_STATE when the folder isn't empty, DISK_FULL, UNIMPLEMENTED when the model can't be exported, or
 *   INTERNAL when the exported graph doesn't compute what the model does.
 */
export async function writeModel<Spec>(directory: string, description: ModelDescription<Spec>): Promise<Manifest<Spec>> {
  const { model } = description;
  try {
    await mkdir(path.join(directory, SAVED_MODEL_FOLDER), { recursive: true });
    const present = await readdir(directory, { recursive: true });
    if (present.length > 1) throw new CoreError('WRONG_STATE', `${directory} is not empty; give a new folder for the artefact`);

    const values = new Map(model.weights.map(({ name, variable }) => [name, toHost(variable)]));
    const weights = await writeHashed(directory, WEIGHTS_FILE, writeSafetensors(values, { format: 'quartet' }));
    const { bytes, signatures } = exportModel(model);
    const graph = await writeHashed(directory, SAVED_MODEL_FILE, bytes);
    compareWithExport(path.join(directory, SAVED_MODEL_FOLDER), model, signatures);
    const more = await Promise.all(Object.entries(description.files ?? {}).map(([file, content]) => writeHashed(directory, file, content)));
    const manifest = describe(description, signatures, weights, [weights, graph, ...more]);
    await writeFile(path.join(directory, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
    return manifest;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOSPC') throw cause;
    throw new CoreError('DISK_FULL', `no space left for the artefact in ${directory}; free some and try again`, { cause });
  }
}

function describe<Spec>(
  { family, spec, model, parameterCount, classNames, metrics, dataDigest, seed, extra }: ModelDescription<Spec>,
  signatures: Record<string, FunctionSignature>,
  weights: ArtifactFile,
  files: ArtifactFile[],
): Manifest<Spec> {
  const trained = model.weights.filter(({ trainable }) => trainable);
  return {
    format: 'quartet.artifact',
    formatVersion: 1,
    family,
    spec,
    signature: signatures[DEFAULT_SIGNATURE] ?? { inputs: {}, outputs: {} },
    signatures,
    classNames: classNames ?? [],
    parameterCount: parameterCount ?? trained.reduce((sum, { variable }) => sum + elementCount(variable.shape), 0),
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
  await mkdir(path.dirname(path.join(directory, file)), { recursive: true });
  await writeFile(path.join(directory, file), bytes);
  return { path: file, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

function ownVersion(): string {
  return (JSON.parse(readFileSync(path.join(__dirname, '../../package.json'), 'utf8')) as { version: string }).version;
}
