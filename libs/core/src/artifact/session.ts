import { hostType } from '../capture/session';
import { binding } from '../engine';
import { CoreError } from '../errors';
import type { HostTensor } from '../tensor/host-tensor';
import { DEFAULT_SIGNATURE, portName, type FunctionSignature } from './export-model';
import type { TensorSignature } from './manifest';

/** A TensorFlow session over an artefact's SavedModel. Each run is one native call. */
export class SavedModelSession {
  private id: number | undefined;

  /** @throws CoreError CORRUPT_DATA when TensorFlow can't load the folder. */
  constructor(
    folder: string,
    private readonly signatures: Record<string, FunctionSignature>,
  ) {
    try {
      this.id = binding().loadSavedModel(folder, 'serve');
    } catch (cause) {
      throw new CoreError('CORRUPT_DATA', `TensorFlow can't load the SavedModel: ${String((cause as Error).message)}`, { cause });
    }
  }

  /**
   * @param inputs One for each of the signature's; their memory is read in place.
   * @param outputs Names of those that are wanted: others aren't computed. Default: all.
   * @param signature Name of the function. Default: `serving_default`.
   */
  run<Output extends string>(inputs: Record<string, HostTensor>, outputs?: readonly Output[], signature = DEFAULT_SIGNATURE): Record<Output, HostTensor> {
    if (this.id === undefined) throw new CoreError('WRONG_STATE', 'the model was disposed of; load it again');
    const { inputs: expected, outputs: known } = this.signatureOf(signature);
    const wanted = outputs ?? (Object.keys(known) as Output[]);
    const native = binding();
    const types = { float32: native.TF_FLOAT, int32: native.TF_INT32, bool: native.TF_BOOL };
    const ids: number[] = [];
    try {
      for (const [name, { dtype }] of Object.entries(expected)) {
        const { shape, data } = inputOf(inputs, name, expected);
        ids.push(native.createTensor(shape, types[dtype], data as Parameters<typeof native.createTensor>[2]));
      }
      const ports = (names: readonly string[]): string => names.map((name) => `${portName(signature, name)}:0`).join(',');
      const results = native.runSavedModel(this.id, ids, ports(Object.keys(expected)), ports(wanted));
      return Object.fromEntries(
        results.map(({ id, shape, dtype }, index) => {
          const data = native.tensorDataSync(id);
          native.deleteTensor(id);
          return [wanted[index], { dtype: hostType(dtype, native), shape, data }];
        }),
      ) as Record<Output, HostTensor>;
    } finally {
      for (const id of ids) native.deleteTensor(id);
    }
  }

  dispose(): void {
    if (this.id === undefined) return;
    binding().deleteSavedModel(this.id);
    this.id = undefined;
  }

  private signatureOf(name: string): FunctionSignature {
    const signature = this.signatures[name];
    if (signature) return signature;
    throw new CoreError('INVALID_FIELD', `received signature ${name}, expected ${Object.keys(this.signatures).join(' or ')}`);
  }
}

function inputOf(inputs: Record<string, HostTensor>, name: string, expected: Record<string, TensorSignature>): HostTensor {
  const input = inputs[name];
  if (input) return input;
  throw new CoreError('INVALID_FIELD', `received no input ${name}; expected ${Object.keys(expected).join(', ')}`);
}
