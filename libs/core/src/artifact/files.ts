/** Files of an artefact. */
export const MANIFEST_FILE = 'manifest.json';
export const WEIGHTS_FILE = 'weights.safetensors';
export const SAVED_MODEL_FOLDER = 'saved_model';
export const SAVED_MODEL_FILE = 'saved_model/saved_model.pb';
