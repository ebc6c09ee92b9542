import path from 'node:path';
import { startEngine } from '../engine';
import { checkTensor } from '../tensor/check';
import type { HostTensor } from '../tensor/host-tensor';
import type { Manifest } from './manifest';
import { SavedModelSession } from './session';
import { INPUT, SAVED_MODEL_FOLDER, type OutputName } from './signature';
import { verifyArtifact } from './verify';

export interface InferenceResult {
  /** [batch, classes]. */
  logits: HostTensor;
  /** [batch, features]. */
  embedding: HostTensor;
  /** Softmax of the logits, [batch, classes]. */
  probabilities: HostTensor;
}

/** A loaded model. Its calls block the thread; it lives in the thread that loaded it. */
export class InferenceModel {
  constructor(
    readonly manifest: Manifest,
    private readonly session: SavedModelSession<OutputName>,
  ) {}

  /**
   * @param x float32 [batch, ...manifest.spec.inputShape] in 0..1.
   * @throws CoreError DTYPE_MISMATCH, SHAPE_MISMATCH, BYTE_COUNT_MISMATCH, EMPTY_BATCH, NOT_FINITE; WRONG_STATE once disposed of.
   */
  predict(x: HostTensor): InferenceResult {
    const shape = [null, ...this.manifest.spec.inputShape];
    checkTensor(x, { name: 'images', dtype: 'float32', shape, maxBatch: Number.MAX_SAFE_INTEGER });
    return this.session.run({ [INPUT]: x });
  }

  /** Frees the model's memory. */
  dispose(): void {
    this.session.dispose();
  }
}

/**
 * Loads an artefact after checking the SHA-256 of each of its files.
 *
 * @throws CoreError CORRUPT_DATA when a file is missing, differs, or lies outside of the folder.
 */
export async function loadArtifact(directory: string): Promise<InferenceModel> {
  const manifest = await verifyArtifact(directory);
  startEngine();
  return new InferenceModel(manifest, new SavedModelSession<OutputName>(path.join(directory, SAVED_MODEL_FOLDER), manifest.signature));
}
