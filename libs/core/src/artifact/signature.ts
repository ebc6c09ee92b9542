import type { Network } from '../network/network';

/** The SavedModel's input: float32 [-1, height, width, channels] in 0..1. */
export const INPUT = 'images';

/** Its outputs, all float32 [-1, n], and what n is. */
export const OUTPUTS = {
  logits: ({ spec }: Pick<Network, 'spec' | 'plan'>): number => spec.classes,
  embedding: ({ plan }: Pick<Network, 'spec' | 'plan'>): number => plan.embeddingSize,
  probabilities: ({ spec }: Pick<Network, 'spec' | 'plan'>): number => spec.classes,
};

export type OutputName = keyof typeof OUTPUTS;

/** Files of an artefact. */
export const MANIFEST_FILE = 'manifest.json';
export const WEIGHTS_FILE = 'weights.safetensors';
export const SAVED_MODEL_FOLDER = 'saved_model';
export const SAVED_MODEL_FILE = 'saved_model/saved_model.pb';
