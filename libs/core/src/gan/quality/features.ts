import { Program, type CapturedStep } from '../../capture/program';
import { buildNetwork } from '../../network/build';
import type { Network } from '../../network/network';
import type { LayerSpec } from '../../network/spec';
import type { Seed } from '../../random';
import type { HostTensor } from '../../tensor/host-tensor';
import type { BatchSource } from '../../training/batches';
import { classificationObjective } from '../../training/classification';
import { Trainer } from '../../training/trainer';
import type { GanSpec } from '../spec';

/** What examples are compared by: numbers that say more than their pixels. */
export interface FeatureExtractor {
  /** Features of an example. */
  readonly size: number;
  /** @param x [count, ...exampleShape], in the data's own scale. */
  run(x: HostTensor): { features: Float32Array; classes?: Int32Array };
  dispose(): void;
}

/** Examples of one run. */
const BATCH = 250;
const FEATURES = 64;

/** Features of a classifier's last hidden layer, and the classes that it sees. */
export function classifierFeatures(network: Network): FeatureExtractor {
  const { inputShape } = network.spec;
  const size = inputShape.reduce((a, b) => a * b, 1);
  const program = new Program(network.weights);
  const step: CapturedStep<'x'> = program.step('features', ({ x }) => {
    const { embedding, logits } = network.forward(x);
    return { outputs: { features: embedding, classes: logits.argMax(1).cast('int32') } };
  });
  return {
    size: FEATURES,
    run({ shape, data }) {
      const [count = 0] = shape;
      const features = new Float32Array(count * FEATURES);
      const classes = new Int32Array(count);
      for (let first = 0; first < count; first += BATCH) {
        const rows = Math.min(BATCH, count - first);
        // The last run is padded: one recording serves all.
        const some = new Float32Array(BATCH * size);
        some.set(data.subarray(first * size, (first + rows) * size));
        const [own, guessed] = step.run({ x: { dtype: 'float32', shape: [BATCH, ...inputShape], data: some } }, ['features', 'classes']) as [HostTensor, HostTensor];
        features.set(own.data.subarray(0, rows * FEATURES), first * FEATURES);
        classes.set(guessed.data.subarray(0, rows), first);
      }
      return { features, classes };
    },
    dispose: () => program.dispose(),
  };
}

/** A small CNN that images are compared by: blocks of convolution and pooling down to about 7 x 7, then 64 features. */
export function featureNetwork(inputShape: readonly number[], classes: number, seed: Seed): Network {
  const layers: LayerSpec[] = [];
  let side = Math.min(inputShape[0] as number, inputShape[1] as number);
  for (let filters = 16; layers.length === 0 || side >= 8; filters = Math.min(64, filters * 2)) {
    layers.push({ kind: 'conv2d', filters });
    if (side < 2) break;
    layers.push({ kind: 'maxPool2d' });
    side = Math.floor(side / 2);
  }
  layers.push({ kind: 'flatten' }, { kind: 'dense', units: FEATURES });
  return buildNetwork({ inputShape: [...inputShape], layers, classes }, seed);
}

/** Trains a feature network on labelled images; afterwards it stays as it is. */
export async function trainFeatureNetwork(network: Network, training: BatchSource, options: { epochs: number; seed: Seed; signal?: AbortSignal }): Promise<void> {
  const trainer = new Trainer({ objective: classificationObjective(network), training, epochs: options.epochs, seed: options.seed, schedule: 'warmupCosine', learningRate: 0.002, diagnosticsEverySteps: 0 });
  try {
    await trainer.train(options.signal);
  } finally {
    trainer.dispose();
  }
}

/** The examples' own numbers, a table's columns brought to deviation 1: for data without classes. */
export function plainFeatures({ exampleShape, columns }: Pick<GanSpec, 'exampleShape' | 'columns'>): FeatureExtractor {
  const size = exampleShape.reduce((a, b) => a * b, 1);
  const deviations = columns?.standardDeviation;
  return {
    size,
    run: ({ data }) => ({ features: Float32Array.from(data, (value, at) => (deviations ? value / (deviations[at % size] as number) : value)) }),
    dispose: () => {},
  };
}
