import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { QuartetError } from '@quartet/contracts';
import { Explainer, readSafetensors, type HostTensor, type NetworkSpec } from '@quartet/core';
import type { Tensors } from '@quartet/service-kit';

const WEIGHTS = 'weights.safetensors';

/**
 * In an engine worker: what can be asked of a version's layers. Made with the version, but its network is built only when something is first
 * asked: until then it costs an open file. The file stays open since the cache may remove it from its folder meanwhile.
 */
export class LookingGlass {
  private explainer: Explainer | undefined;

  private constructor(
    private readonly spec: NetworkSpec,
    private readonly weights: FileHandle,
  ) {}

  static async of(folder: string, spec: NetworkSpec): Promise<LookingGlass> {
    return new LookingGlass(spec, await open(join(folder, WEIGHTS)));
  }

  /** Whether a method is one of these: `layers`, `filters`, and of a layer `activations:NAME`, `means:NAME`, `gradCam:NAME`, `slope:NAME`. */
  static knows(method: string): boolean {
    return /^(layers|filters|(activations|means|gradCam|slope):.+)$/.test(method);
  }

  async run(method: string, inputs: Tensors): Promise<Tensors> {
    const explainer = (this.explainer ??= await this.build());
    const [kind = '', layer = ''] = method.split(':');
    const rows = Object.values(inputs)[0]?.shape[0] ?? 0;
    switch (kind) {
      case 'layers':
        return { json: repeated(rows, { dtype: 'uint8', shape: [], data: Uint8Array.from(Buffer.from(JSON.stringify(explainer.layers))) }) };
      case 'filters': {
        const filters = explainer.filters();
        return filters ? { filters: repeated(rows, filters) } : {};
      }
      case 'activations':
      case 'means':
        return { output: explainer.activations(inputs['images']!, layer, kind === 'means') };
      case 'gradCam':
        return { map: explainer.gradCam(inputs['images']!, inputs['classes']!.data, layer) };
      case 'slope':
        return { ...explainer.slope(inputs['images']!, inputs['channels']!.data, layer) };
      default:
        throw new QuartetError('INTERNAL', `a CNN has no method ${method}`);
    }
  }

  dispose(): void {
    this.explainer?.dispose();
    void this.weights.close();
  }

  private async build(): Promise<Explainer> {
    const { size } = await this.weights.stat();
    const bytes = new Uint8Array(size);
    for (let at = 0; at < size; ) {
      const { bytesRead } = await this.weights.read(bytes, at, size - at, at);
      if (bytesRead === 0) throw new QuartetError('INTERNAL', `${WEIGHTS} ended after ${at} of ${size} bytes`);
      at += bytesRead;
    }
    return Explainer.of(this.spec, readSafetensors(bytes, WEIGHTS).tensors);
  }
}

/** The same for each row of a batch. */
function repeated(rows: number, { dtype, shape, data }: HostTensor): HostTensor {
  const all = dtype === 'uint8' ? new Uint8Array(rows * data.length) : new Float32Array(rows * data.length);
  for (let row = 0; row < rows; row += 1) all.set(data, row * data.length);
  return { dtype, shape: [rows, ...(shape.length > 0 ? shape : [data.length])], data: all };
}
