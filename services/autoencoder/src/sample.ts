import { QuartetError, type autoencoder } from '@quartet/contracts';
import type { HostTensor } from '@quartet/core';
import { philoxNormals } from '@quartet/data';
import { toProtoTensor, Violations, type CallScope, type FamilyRuntime } from '@quartet/service-kit';
import { manifestOf } from './model-info';

/** New examples from latents drawn from the prior. Each is decoded by itself, so that its bytes depend on nothing but the seed and its place. */
export async function sample(runtime: FamilyRuntime, request: autoencoder.SampleRequest, call: CallScope): Promise<autoencoder.SampleResponse> {
  const violations = new Violations();
  const count = request.count || 1;
  const temperature = request.temperature || 1;
  violations.integer('count', count, 1, runtime.settings.QUARTET_MAX_BATCH);
  if (!(temperature > 0 && temperature <= 10)) violations.add('temperature', `is ${temperature}; it takes a number above 0, at most 10`);
  violations.throwIfAny();
  const version = await runtime.resolve(request.model, call);
  const { variational, latentSize } = manifestOf(version).spec;
  if (!variational) {
    throw new QuartetError('WRONG_STATE', `${version.model} version ${version.version} is not variational: its latent has no distribution to draw from; train one with \`variational\` set, or send Decode latents of your own`);
  }
  const data = new Float32Array(count * latentSize);
  for (let row = 0; row < count; row += 1) philoxNormals(request.seed, row, data.subarray(row * latentSize, (row + 1) * latentSize), temperature);
  const latents: HostTensor = { dtype: 'float32', shape: [count, latentSize], data };
  const latent = { ...latents, data: data.slice() };
  const { examples } = await runtime.infer(version, 'decodeEach', { latent }, call);
  return { examples: toProtoTensor(examples!), latents: toProtoTensor(latents), modelVersion: version.version };
}
