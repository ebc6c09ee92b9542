import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings, Version } from '@quartet/contracts';
import type { QuartetClient } from '@quartet/client';
import type { BlobStore } from '@quartet/store';
import type { ArchitectureFamily, CallScope, NewImport } from './architecture-family';
import { storeArtifact } from './training/publish';

/** Stores the artefact of a model that was trained elsewhere, and has the registry make a version of it: at once, or not at all. */
export async function importVersion({ model, folder, finished, file, key }: NewImport, family: ArchitectureFamily, registry: QuartetClient, blobs: BlobStore, { signal }: CallScope): Promise<Version> {
  const stored = await storeArtifact(folder, finished, blobs, { signal });
  const version = { ...stored, model, family: family.family, lineage: { origin: { $case: 'imported' as const, value: file } } };
  return registry.worker.importVersion({ version, key }, { signal });
}

/** Runs `work` with a folder of its own; what a process that was killed leaves goes at the next start. */
export async function withFolder<T>(family: ArchitectureFamily, settings: Settings, work: (folder: string) => Promise<T>): Promise<T> {
  const root = join(settings.QUARTET_HOME, family.name, 'work');
  await mkdir(root, { recursive: true });
  const folder = await mkdtemp(join(root, `${process.pid}-`));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
