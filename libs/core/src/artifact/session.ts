import { binding } from '../engine';
import { CoreError } from '../errors';
import type { HostTensor } from '../tensor/host-tensor';
import { INPUT, OUTPUTS, type OutputName } from './signature';

const NAMES = Object.keys(OUTPUTS) as OutputName[];
const FETCHES = NAMES.map((name) => `${name}:0`).join(',');

/** A TensorFlow session over an artefact's SavedModel. Each run is one native call. */
export class SavedModelSession {
  private id: number | undefined;

  /** @throws CoreError CORRUPT_DATA when TensorFlow can't load the folder. */
  constructor(folder: string) {
    try {
      this.id = binding().loadSavedModel(folder, 'serve');
    } catch (cause) {
      throw new CoreError('CORRUPT_DATA', `TensorFlow can't load the SavedModel: ${String((cause as Error).message)}`, { cause });
    }
  }

  /** @param x float32 [batch, height, width, channels]; its memory is read in place. */
  run(x: HostTensor): Record<OutputName, HostTensor> {
    if (this.id === undefined) throw new CoreError('WRONG_STATE', 'the model was disposed of; load it again');
    const native = binding();
    const input = native.createTensor(x.shape, native.TF_FLOAT, x.data as Float32Array);
    try {
      const outputs = native.runSavedModel(this.id, [input], `${INPUT}:0`, FETCHES);
      return Object.fromEntries(
        outputs.map(({ id, shape }, index) => {
          const data = native.tensorDataSync(id) as Float32Array;
          native.deleteTensor(id);
          return [NAMES[index], { dtype: 'float32', shape, data }];
        }),
      ) as Record<OutputName, HostTensor>;
    } finally {
      native.deleteTensor(input);
    }
  }

  dispose(): void {
    if (this.id === undefined) return;
    binding().deleteSavedModel(this.id);
    this.id = undefined;
  }
}
