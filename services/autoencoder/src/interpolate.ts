import { QuartetError, type autoencoder, type Image } from '@quartet/contracts';
import { kindOf, type HostTensor } from '@quartet/core';
import { readImage, toProtoTensor, Violations, type CallScope, type FamilyRuntime } from '@quartet/service-kit';
import { readBatch } from './data/read-examples';
import { manifestOf, type AutoencoderManifest } from './model-info';

/** Examples decoded from equal steps on the line between two examples' latents. */
export async function interpolate(runtime: FamilyRuntime, request: autoencoder.InterpolateRequest, call: CallScope): Promise<autoencoder.InterpolateResponse> {
  const steps = request.steps || 8;
  const violations = new Violations();
  violations.integer('steps', steps, 2, runtime.settings.QUARTET_MAX_BATCH);
  violations.throwIfAny();
  const version = await runtime.resolve(request.model, call);
  const manifest = manifestOf(version);
  const ends = await readEnds(request, manifest);
  const { latent } = await runtime.infer(version, 'encode', { examples: ends }, call);
  const between = line(latent!, steps, manifest.spec.latentSize);
  const { examples } = await runtime.infer(version, 'decode', { latent: between }, call);
  return { examples: toProtoTensor(examples!), modelVersion: version.version };
}

/** [2, ...]. */
async function readEnds({ from, to, ends }: autoencoder.InterpolateRequest, manifest: AutoencoderManifest): Promise<HostTensor> {
  const { inputShape } = manifest.spec;
  if (kindOf(manifest.spec) !== 'image') {
    if (from || to) throw QuartetError.invalid(from ? 'from' : 'to', 'is an image, but the model is of other data; send both examples in `ends`');
    return readBatch(ends, 'ends', manifest, 2, 2);
  }
  if (ends) throw QuartetError.invalid('ends', 'is for models of other data than images; send `from` and `to`');
  const [first, second] = [await readEnd(from, 'from', inputShape), await readEnd(to, 'to', inputShape)];
  return { dtype: 'float32', shape: [2, ...inputShape], data: Float32Array.from([...Array.from(first), ...Array.from(second)]) };
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
