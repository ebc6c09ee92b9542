import { CoreError } from '../errors';
import type { Network } from '../network/network';
import type { NetworkSpec } from '../network/spec';
import { answersOf } from '../network/answers';
import { validateNetworkSpec } from '../network/validate';
import type { Seed } from '../random';
import { checkTensor } from '../tensor/check';
import type { HostTensor } from '../tensor/host-tensor';
import { DEFAULT_SIGNATURE, type ExportableModel } from './export-model';
import { loadModel, type LoadedModel } from './load';
import type { Manifest } from './manifest';
import { writeModel } from './write';

/** The SavedModel's input: float32 [-1, height, width, channels] in 0..1. */
const INPUT = 'images';

/** The manifest of a network over images. */
export type ClassifierManifest = Manifest<NetworkSpec>;

export interface ArtifactDescription {
  network: Network;
  family: string;
  /** Name of each class, label or number, by index. */
  classNames: string[];
  /** See NetworkSpec; of the artefact, whatever the network's own spec says. */
  temperature?: number;
  metrics: Record<string, number>;
  dataDigest: string;
  seed: Seed;
  /** Anything else to keep in the manifest; plain JSON. */
  extra?: Record<string, unknown>;
}

/**
 * Writes a network as writeModel does. Its function gives `embedding`, and by its head `logits` and `probabilities`, or `values`; logits are
 * divided by the temperature, so that probabilities are always theirs.
 *
 * @throws CoreError as writeModel; INVALID_FIELD unless there is a name for each output, or for a temperature that is none.
 */
export async function writeArtifact(directory: string, { network, classNames, temperature, ...description }: ArtifactDescription): Promise<ClassifierManifest> {
  if (classNames.length !== network.spec.classes) {
    throw CoreError.invalid('classNames', `received ${classNames.length} names, expected ${network.spec.classes}, one a class`);
  }
  const spec: NetworkSpec = temperature === undefined ? network.spec : { ...network.spec, temperature };
  validateNetworkSpec(spec);
  const { parameterCount } = network;
  return writeModel(directory, { ...description, spec, classNames, parameterCount, model: exportable(network, spec) });
}

function exportable(network: Network, spec: NetworkSpec): ExportableModel {
  const forward = {
    inputs: { [INPUT]: { dtype: 'float32' as const, shape: spec.inputShape } },
    compute: (inputs: Parameters<ExportableModel['functions'][string]['compute']>[0]) => {
      const { logits, embedding } = network.forward(inputs[INPUT]!);
      return { embedding, ...answersOf(logits, spec) };
    },
  };
  return { weights: network.weights, functions: { [DEFAULT_SIGNATURE]: forward } };
}

export interface InferenceResult {
  /** [batch, classes]; of a head `classes` or `labels`. */
  logits: HostTensor;
  /** [batch, features]. */
  embedding: HostTensor;
  /** Softmax of the logits, of labels their sigmoid, [batch, classes]. */
  probabilities: HostTensor;
  /** [batch, classes]; of a head `numbers`. */
  values: HostTensor;
}

/** A loaded network over images. Its calls block the thread; it lives in the thread that loaded it. */
export class InferenceModel {
  readonly manifest: ClassifierManifest;

  constructor(private readonly model: LoadedModel<NetworkSpec>) {
    this.manifest = model.manifest;
  }

  /**
   * @param x float32 [batch, ...manifest.spec.inputShape] in 0..1.
   * @param outputs Those that are wanted: others aren't computed. Default: all that the head has.
   * @throws CoreError DTYPE_MISMATCH, SHAPE_MISMATCH, BYTE_COUNT_MISMATCH, EMPTY_BATCH, NOT_FINITE; WRONG_STATE once disposed of.
   */
  predict<Output extends keyof InferenceResult = keyof InferenceResult>(x: HostTensor, outputs?: readonly Output[]): Pick<InferenceResult, Output> {
    const shape = [null, ...this.manifest.spec.inputShape];
    checkTensor(x, { name: INPUT, dtype: 'float32', shape, maxBatch: Number.MAX_SAFE_INTEGER });
    return this.model.run({ [INPUT]: x }, outputs);
  }

  /** Frees the model's memory. */
  dispose(): void {
    this.model.dispose();
  }
}

/** @throws CoreError CORRUPT_DATA as loadModel, or when the manifest doesn't describe a classifier. */
export async function loadArtifact(directory: string): Promise<InferenceModel> {
  return new InferenceModel(await loadModel(directory, checkClassifier));
}

/** Checks a classifier's artefact without loading it: see verifyModel. */
export function checkClassifier(manifest: Manifest): asserts manifest is ClassifierManifest {
  try {
    validateNetworkSpec(manifest.spec);
  } catch (cause) {
    throw new CoreError('CORRUPT_DATA', `artefact: its network is not valid: ${(cause as Error).message}`, { cause });
  }
  const { classes } = manifest.spec;
  if (manifest.classNames.length !== classes) throw new CoreError('CORRUPT_DATA', `artefact: it has no name for each of ${classes} classes`);
}
