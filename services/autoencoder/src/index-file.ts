/** The artefact's file of the training images' latents: `latents` [rows, latent] float32 and `labels` [rows] int32. */
export const INDEX_FILE = 'index.safetensors';

/** Numbers that the index may hold: 64 MiB. */
export const MOST_INDEXED = 2 ** 24;
