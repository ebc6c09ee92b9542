import path from 'node:path';
import { startEngine } from '../engine';
import type { HostTensor } from '../tensor/host-tensor';
import { SAVED_MODEL_FOLDER } from './files';
import type { Manifest } from './manifest';
import { SavedModelSession } from './session';
import { verifyModel } from './verify';

/** A loaded artefact. Its calls block the thread; it lives in the thread that loaded it. */
export class LoadedModel<Spec = unknown> {
  constructor(
    readonly manifest: Manifest<Spec>,
    /** Where its files are. */
    readonly directory: string,
    private readonly session: SavedModelSession,
  ) {}

  /** Runs a function of the model; see SavedModelSession.run. Shapes and values are the caller's to check. */
  run<Output extends string>(inputs: Record<string, HostTensor>, outputs?: readonly Output[], signature?: string): Record<Output, HostTensor> {
    return this.session.run(inputs, outputs, signature);
  }

  /** Frees the model's memory. */
  dispose(): void {
    this.session.dispose();
  }
}

/**
 * Loads an artefact after checking the SHA-256 of each of its files.
 *
 * @param checkSpec Throws when the manifest's spec isn't one of the family's.
 * @throws CoreError CORRUPT_DATA when a file is missing, differs, or lies outside of the folder.
 */
export async function loadModel<Spec = unknown>(directory: string, checkSpec: (manifest: Manifest) => void = () => {}): Promise<LoadedModel<Spec>> {
  const manifest = await verifyModel(directory, checkSpec);
  startEngine();
  const session = new SavedModelSession(path.join(directory, SAVED_MODEL_FOLDER), manifest.signatures);
  return new LoadedModel(manifest as Manifest<Spec>, directory, session);
}
