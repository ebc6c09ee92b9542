/** The artefact's file of the training examples' latents: `latents` [rows, latent] float32 and `labels` [rows] int32. */
export const INDEX_FILE = 'index.safetensors';
/** The graph over the same latents, by USearch. */
export const GRAPH_FILE = 'index.usearch';

/** Numbers that the index may hold: 64 MiB. */
export const MOST_INDEXED = 2 ** 24;
/** Fewer latents than these are searched one by one as fast. */
export const LEAST_FOR_GRAPH = 1000;
