import { Program, type CapturedStep } from '../capture/program';
import { elementCount, type HostTensor } from '../tensor/host-tensor';
import type { Autoencoder } from './build';
import type { AutoencoderSpec } from './spec';

/** Examples of one run. */
const BATCH = 256;

/** Runs an autoencoder that is in training on host arrays, of any count of examples. */
export class AutoencoderRunner {
  private readonly program: Program;
  private readonly step: CapturedStep;

  constructor(private readonly model: Autoencoder) {
    this.program = new Program(model.weights);
    this.step = this.program.step('reconstruct', ({ examples }) => {
      const { latent } = model.encode(examples!);
      return { outputs: { reconstruction: model.toExamples(model.decode(latent)), latent } };
    });
  }

  get spec(): AutoencoderSpec {
    return this.model.spec;
  }

  /** @param examples [count, ...inputShape], flat: images in 0..1, rows and series scaled. The reconstruction is of the same scale. */
  run(examples: Float32Array): { reconstruction: Float32Array; latent: Float32Array } {
    const { inputShape, latentSize } = this.model.spec;
    const size = elementCount(inputShape);
    const count = examples.length / size;
    const reconstruction = new Float32Array(examples.length);
    const latent = new Float32Array(count * latentSize);
    for (let first = 0; first < count; first += BATCH) {
      // The last batch is padded: one recording serves all.
      const data = new Float32Array(BATCH * size);
      data.set(examples.subarray(first * size, (first + BATCH) * size));
      const [rebuilt, code] = this.step.run({ examples: { dtype: 'float32', shape: [BATCH, ...inputShape], data } }, ['reconstruction', 'latent']) as [HostTensor, HostTensor];
      const rows = Math.min(BATCH, count - first);
      reconstruction.set(rebuilt.data.subarray(0, rows * size), first * size);
      latent.set(code.data.subarray(0, rows * latentSize), first * latentSize);
    }
    return { reconstruction, latent };
  }

  dispose(): void {
    this.program.dispose();
  }
}
