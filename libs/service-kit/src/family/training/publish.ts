import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { readFile } from 'node:fs/promises';
import { Version, type ClaimJobResponse, type Dataset } from '@quartet/contracts';
import type { BlobStore } from '@quartet/store';
import type { FinishedModel } from '../architecture-family';
import { retry, type RetryOptions } from '../retry';

/** Stores an artefact's files and describes them as the version that the job makes. */
export async function toVersion(folder: string, model: FinishedModel, { job }: ClaimJobResponse, dataset: Dataset, blobs: BlobStore, options: RetryOptions): Promise<Version> {
  const stored = await storeArtifact(folder, model, blobs, options);
  return Version.fromPartial({ ...stored, model: job?.model, family: job?.family, jobId: job?.id, dataset: dataset.name, datasetDigest: dataset.digest });
}

/** Stores an artefact's files and describes them as a version, which is of no model yet. */
export async function storeArtifact(folder: string, model: FinishedModel, blobs: BlobStore, options: RetryOptions): Promise<Version> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  const files = [];
  for (const path of paths.sort()) {
    const blob = await retry(() => blobs.put(join(folder, path)), options);
    files.push({ path: path.split(sep).join('/'), blob });
  }
  const signature = ({ name, dtype, shape }: FinishedModel['inputs'][number]) => ({ name, dtype, shape: shape.map(BigInt) });
  return Version.fromPartial({
    files,
    inputs: model.inputs.map(signature),
    outputs: model.outputs.map(signature),
    metrics: model.metrics,
    seed: model.seed,
    parameterCount: BigInt(model.parameterCount),
    weightsSha256: model.weightsSha256,
    manifestJson: await readFile(join(folder, 'manifest.json'), 'utf8'),
    lineage: model.lineage,
  });
}
