import { QuartetError, type autoencoder, type Image } from '@quartet/contracts';
import type { HostTensor } from '@quartet/core';
import { readImage, toProtoTensor, Violations, type CallScope, type FamilyRuntime } from '@quartet/service-kit';
import { manifestOf } from './model-info';

/** Images decoded from equal steps on the line between two images' latents. */
export async function interpolate(runtime: FamilyRuntime, request: autoencoder.InterpolateRequest, call: CallScope): Promise<autoencoder.InterpolateResponse> {
  const steps = request.steps || 8;
  const violations = new Violations();
  violations.integer('steps', steps, 2, runtime.settings.QUARTET_MAX_BATCH);
  violations.throwIfAny();
  const version = await runtime.resolve(request.model, call);
  const { inputShape, latentSize } = manifestOf(version).spec;
  const [from, to] = [await readEnd(request.from, 'from', inputShape), await readEnd(request.to, 'to', inputShape)];
  const images = new Float32Array(from.length + to.length);
  images.set(from);
  images.set(to, from.length);
  const { latent } = await runtime.infer(version, 'encode', { images: { dtype: 'float32', shape: [2, ...inputShape], data: images } }, call);
  const between = line(latent!, steps, latentSize);
  const { images: decoded } = await runtime.infer(version, 'decode', { latent: between }, call);
  return { images: toProtoTensor(decoded!), modelVersion: version.version };
}

async function readEnd(image: Image | undefined, field: string, shape: readonly number[]): Promise<ArrayLike<number>> {
  if (!image) throw QuartetError.invalid(field, 'is not set; send an image');
  return readImage(image, field, shape);
}

/** [2, latent] -> [steps, latent]. */
function line({ data }: HostTensor, steps: number, latentSize: number): HostTensor {
  const between = new Float32Array(steps * latentSize);
  for (let step = 0; step < steps; step += 1) {
    const share = step / (steps - 1);
    for (let unit = 0; unit < latentSize; unit += 1) {
      between[step * latentSize + unit] = (1 - share) * (data[unit] ?? 0) + share * (data[latentSize + unit] ?? 0);
    }
  }
  return { dtype: 'float32', shape: [steps, latentSize], data: between };
}
