export interface TensorSignature {
  dtype: 'float32' | 'int32' | 'bool';
  /** -1: any size. */
  shape: number[];
}

export interface ArtifactFile {
  /** Relative to the artefact's folder, with forward slashes. */
  path: string;
  size: number;
  /** Hexadecimal. */
  sha256: string;
}

/** What `manifest.json` says. `Spec`: what the family builds the model from. */
export interface Manifest<Spec = unknown> {
  format: 'quartet.artifact';
  formatVersion: 1;
  /** `cnn`, ... */
  family: string;
  spec: Spec;
  /** Of the SavedModel's `serving_default`. */
  signature: { inputs: Record<string, TensorSignature>; outputs: Record<string, TensorSignature> };
  /** Of each function of the SavedModel, `serving_default` among them. */
  signatures: Record<string, { inputs: Record<string, TensorSignature>; outputs: Record<string, TensorSignature> }>;
  /** Name of each class, by index; none for a model that has no classes. */
  classNames: string[];
  parameterCount: number;
  /** `validation/accuracy`, `test/loss`, ... */
  metrics: Record<string, number>;
  /** Identifies the data that the model was trained on. */
  dataDigest: string;
  /** Decimal. */
  seed: string;
  /** SHA-256 of `weights.safetensors`: equal for equal weights. */
  weightsSha256: string;
  versions: { quartet: string; tensorflow: string; node: string };
  /** ISO 8601. */
  createdAt: string;
  /** Anything else a family wants to keep; plain JSON. */
  extra: Record<string, unknown>;
  files: ArtifactFile[];
}
