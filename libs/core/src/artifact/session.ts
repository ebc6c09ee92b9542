import { binding } from '../engine';
import { CoreError } from '../errors';
import { hostType } from '../capture/session';
import type { HostTensor } from '../tensor/host-tensor';
import type { TensorSignature } from './manifest';

export interface ModelSignature {
  inputs: Record<string, TensorSignature>;
  outputs: Record<string, TensorSignature>;
}

/** A TensorFlow session over an artefact's SavedModel. Each run is one native call. */
export class SavedModelSession<Output extends string = string> {
  private id: number | undefined;
  private readonly inputs: [string, TensorSignature['dtype']][];
  private readonly feeds: string;

  /** @throws CoreError CORRUPT_DATA when TensorFlow can't load the folder. */
  constructor(
    folder: string,
    private readonly signature: ModelSignature,
  ) {
    this.inputs = Object.entries(signature.inputs).map(([name, { dtype }]) => [name, dtype]);
    this.feeds = this.inputs.map(([name]) => `${name}:0`).join(',');
    try {
      this.id = binding().loadSavedModel(folder, 'serve');
    } catch (cause) {
      throw new CoreError('CORRUPT_DATA', `TensorFlow can't load the SavedModel: ${String((cause as Error).message)}`, { cause });
    }
  }

  /**
   * @param inputs One for each of the signature's; their memory is read in place.
   * @param outputs Names of those that are wanted: others aren't computed.
   */
  run(inputs: Record<string, HostTensor>, outputs = Object.keys(this.signature.outputs) as Output[]): Record<Output, HostTensor> {
    if (this.id === undefined) throw new CoreError('WRONG_STATE', 'the model was disposed of; load it again');
    const native = binding();
    const types = { float32: native.TF_FLOAT, int32: native.TF_INT32, bool: native.TF_BOOL };
    const ids: number[] = [];
    try {
      for (const [name, dtype] of this.inputs) {
        const input = inputs[name];
        if (!input) throw new CoreError('INVALID_FIELD', `received no input ${name}; expected ${this.inputs.map(([each]) => each).join(', ')}`);
        ids.push(native.createTensor(input.shape, types[dtype], input.data as Parameters<typeof native.createTensor>[2]));
      }
      const results = native.runSavedModel(this.id, ids, this.feeds, outputs.map((name) => `${name}:0`).join(','));
      return Object.fromEntries(
        results.map(({ id, shape, dtype }, index) => {
          const data = native.tensorDataSync(id);
          native.deleteTensor(id);
          return [outputs[index], { dtype: hostType(dtype, native), shape, data }];
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
}
