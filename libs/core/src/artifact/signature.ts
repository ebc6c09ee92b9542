import type { Network } from '../network/network';
import type { TensorSignature } from './manifest';
import type { ModelSignature } from './session';

/** The SavedModel's input: float32 [-1, height, width, channels] in 0..1. */
export const INPUT = 'images';

/** Its outputs, all float32 [-1, n], and what n is. */
export const OUTPUTS = {
  logits: ({ spec }: Pick<Network, 'spec' | 'plan'>): number => spec.classes,
  embedding: ({ plan }: Pick<Network, 'spec' | 'plan'>): number => plan.embeddingSize,
  probabilities: ({ spec }: Pick<Network, 'spec' | 'plan'>): number => spec.classes,
};

export type OutputName = keyof typeof OUTPUTS;

/** Of the SavedModel's `serving_default`. */
export function signatureOf(network: Pick<Network, 'spec' | 'plan'>): ModelSignature {
  const float = (shape: number[]): TensorSignature => ({ dtype: 'float32', shape: [-1, ...shape] });
  return {
    inputs: { [INPUT]: float(network.spec.inputShape) },
    outputs: Object.fromEntries(Object.entries(OUTPUTS).map(([name, size]) => [name, float([size(network)])])),
  };
}

/** Files of an artefact. */
export const MANIFEST_FILE = 'manifest.json';
export const WEIGHTS_FILE = 'weights.safetensors';
export const SAVED_MODEL_FOLDER = 'saved_model';
export const SAVED_MODEL_FILE = 'saved_model/saved_model.pb';
