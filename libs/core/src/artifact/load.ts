import { CoreError } from '../errors';
import type { HostTensor } from '../tensor/host-tensor';
import type { Manifest } from './manifest';

/** A loaded model. Its calls block the thread; it lives in the thread that loaded it. */
export interface InferenceModel {
  readonly manifest: Manifest;
  /**
   * @param x float32 [batch, ...manifest.spec.inputShape] in 0..1.
   * @throws CoreError DTYPE_MISMATCH, SHAPE_MISMATCH, EMPTY_BATCH, NOT_FINITE.
   */
  predict(x: HostTensor): InferenceResult;
  /** Frees the model's memory; it can't be used afterwards. */
  dispose(): void;
}

export interface InferenceResult {
  /** [batch, classes]. */
  logits: HostTensor;
  /** [batch, features]. */
  embedding: HostTensor;
  /** Softmax of the logits, [batch, classes]. */
  probabilities: HostTensor;
}

/**
 * Loads an artefact after checking the SHA-256 of each of its files.
 *
 * @throws CoreError CORRUPT_DATA when a file is missing, differs, or lies outside of the folder.
 */
export async function loadArtifact(directory: string): Promise<InferenceModel> {
  await Promise.resolve(directory);
  throw new CoreError('UNIMPLEMENTED', 'not yet');
}
