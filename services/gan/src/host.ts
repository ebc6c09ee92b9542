import { QuartetError } from '@quartet/contracts';
import { loadModel, Quality, type FeatureExtractor, type GanSpec, type HostTensor, type LoadedModel } from '@quartet/core';
import type { HostedModel, ModelHost, Tensors } from '@quartet/service-kit';
import { METRICS } from './evaluate-metrics';
import { featuresOf } from './features';
import type { GanExtra } from './model-info';
import { projectOne } from './project-one';

/** Batch sizes that are run once before the first request. */
const WARM_UP = [1, 8];
/** Examples of one run where many are wanted at once. */
const BATCH = 64;

/** Loaded in an engine worker: holds GANs in TensorFlow's memory. */
export const host: ModelHost = {
  async load(folder) {
    const model = await loadModel<GanSpec>(folder);
    const served = new HostedGan(model);
    const { exampleShape, latentSize, mode } = model.manifest.spec;
    const classes = (size: number): Tensors => (mode === 'conditional' ? { y: { dtype: 'int32', shape: [size], data: new Int32Array(size) } } : {});
    // TensorFlow prepares each set of outputs at its first run.
    served.run('generateEach', { z: blank([1, latentSize]), ...classes(1) });
    for (const size of WARM_UP) served.run('judge', { x: blank([size, ...exampleShape]), ...classes(size) });
    served.run('explain', { x: blank([1, ...exampleShape]), ...classes(1) });
    return served;
  },
};

class HostedGan implements HostedModel {
  constructor(private readonly model: LoadedModel<GanSpec>) {}

  run(method: string, inputs: Tensors): Tensors {
    switch (method) {
      case 'generateEach':
        return { x: this.generate(inputs['z']!, inputs['y'], 1) };
      case 'judge':
      case 'explain':
        return this.model.run(inputs, undefined, method);
      case 'recognize':
        return this.recognize(inputs['x']!);
      case 'project':
        return this.project(inputs);
      case 'evaluate':
        return this.evaluate(inputs);
      default:
        throw new QuartetError('INTERNAL', `a GAN has no method ${method}`);
    }
  }

  dispose(): void {
    this.model.dispose();
  }

  /** @param together Examples of one run. 1: in a product of matrices the rounding of a row may depend on how many rows there are. */
  private generate(z: HostTensor, y: HostTensor | undefined, together: number): HostTensor {
    const [count = 0] = z.shape;
    const shape = this.model.manifest.spec.exampleShape;
    const all = new Float32Array(count * sizeOf(shape));
    for (let first = 0; first < count; first += together) {
      const rows = Math.min(together, count - first);
      const some = { z: slice(z, first, rows), ...(y && { y: slice(y, first, rows) }) };
      all.set(this.model.run(some, ['x']).x.data, first * sizeOf(shape));
    }
    return { dtype: 'float32', shape: [count, ...shape], data: all };
  }

  /** The classes that the classifier takes examples for. */
  private recognize(x: HostTensor): Tensors {
    const { classes } = this.extractor().run(x);
    if (!classes) throw new QuartetError('INTERNAL', 'a GAN without a classifier recognizes nothing');
    return { classes: { dtype: 'int32', shape: [classes.length], data: classes } };
  }

  private project({ x, y, z0, steps }: Tensors): Tensors {
    const { exampleShape, latentSize } = this.model.manifest.spec;
    const count = x!.shape[0] ?? 0;
    const found = Array.from({ length: count }, (_, row) =>
      projectOne({
        target: slice(x!, row, 1),
        starts: new Float32Array(slice(z0!, row, 1).data),
        latentSize,
        steps: steps!.data[row] ?? 0,
        run: (z, target) => {
          const rows = z.shape[0] ?? 0;
          const classes = y && { y: { dtype: 'int32' as const, shape: [rows], data: new Int32Array(rows).fill(y.data[row] ?? 0) } };
          const { error, slope } = this.model.run({ z, x: target, ...classes }, ['error', 'slope'], 'project');
          return { error: error.data as Float32Array, slope: slope.data as Float32Array };
        },
      }),
    );
    const z: HostTensor = { dtype: 'float32', shape: [count, latentSize], data: Float32Array.from(found.flatMap(({ latent }) => [...latent])) };
    const error: HostTensor = { dtype: 'float32', shape: [count], data: Float32Array.from(found, ({ error: own }) => own) };
    const { data } = this.generate(z, y, 1);
    return { z, error, x: { dtype: 'float32', shape: [count, ...exampleShape], data } };
  }

  /** A request is one row, whose own first axis are its examples: requests that share a batch stay apart. */
  private evaluate({ real, seen, z, labels, y }: Tensors): Tensors {
    const requests = real!.shape[0] ?? 0;
    const width = METRICS.length;
    const [measured, floors] = [new Float32Array(requests * width), new Float32Array(requests * width)];
    for (let row = 0; row < requests; row += 1) {
      const of = (tensor: HostTensor): HostTensor => ({ ...slice(tensor, row, 1), shape: tensor.shape.slice(1) });
      const classes = this.model.manifest.classNames.length;
      const quality = new Quality(this.extractor(), {
        heldOut: of(real!),
        seen: of(seen!),
        searched: of(seen!),
        classes: classes > 0 ? { count: classes, labels: of(labels!).data as Int32Array } : undefined,
      });
      const asked = y && of(y);
      const { diversity, nearest, metrics } = quality.measure(this.generate(of(z!), asked, BATCH), asked?.data as Int32Array | undefined);
      const all: Record<string, number | undefined> = { ...metrics, diversity, nearest };
      METRICS.forEach((name, at) => {
        measured[row * width + at] = all[name] ?? NaN;
        floors[row * width + at] = quality.floor[name] ?? NaN;
      });
    }
    const shape = [requests, width];
    return { metrics: { dtype: 'float32', shape, data: measured }, floor: { dtype: 'float32', shape, data: floors } };
  }

  private extractor(): FeatureExtractor {
    const { spec, signatures, extra } = this.model.manifest;
    const features = signatures['features']?.outputs['features'];
    if (!features) return featuresOf(spec, (extra as Partial<GanExtra>).sampleRate);
    const size = features.shape.at(-1) ?? 0;
    return {
      size,
      run: (x) => {
        const count = x.shape[0] ?? 0;
        const all = new Float32Array(count * size);
        const classes = new Int32Array(count);
        for (let first = 0; first < count; first += BATCH) {
          const { features: own, class_logits: logits } = this.model.run({ x: slice(x, first, Math.min(BATCH, count - first)) }, ['features', 'class_logits'], 'features');
          all.set(own.data, first * size);
          const width = logits.shape[1] ?? 0;
          for (let row = 0; row < (logits.shape[0] ?? 0); row += 1) {
            const scores = logits.data.subarray(row * width, (row + 1) * width);
            classes[first + row] = scores.indexOf(Math.max(...scores));
          }
        }
        return { features: all, classes };
      },
      dispose: () => {},
    };
  }
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

function slice({ dtype, shape, data }: HostTensor, first: number, rows: number): HostTensor {
  const size = sizeOf(shape.slice(1));
  return { dtype, shape: [rows, ...shape.slice(1)], data: data.slice(first * size, (first + rows) * size) };
}

function blank(shape: number[]): HostTensor {
  return { dtype: 'float32', shape, data: new Float32Array(sizeOf(shape)) };
}
