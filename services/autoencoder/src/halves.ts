import { DataType, QuartetError, type autoencoder, type Tensor, type Version } from '@quartet/contracts';
import { checkTensor, fromBytes, type HostTensor } from '@quartet/core';
import { toProtoTensor, type CallScope, type FamilyRuntime, type ImageInput } from '@quartet/service-kit';
import { cutToLengths, lengthsOf } from './data/lengths';
import { readExamples } from './data/read-examples';
import { errorsOf } from './errors-of';
import { manifestOf } from './model-info';

/** The latent vector of each example. */
export async function encode(runtime: FamilyRuntime, request: autoencoder.EncodeRequest, call: CallScope): Promise<autoencoder.EncodeResponse> {
  const version = await runtime.resolve(request.model, call);
  const examples = await readExamples(runtime, manifestOf(version), request.input);
  const { latent, log_variance: logVariance } = await runtime.infer(version, 'encode', { examples }, call);
  return { latents: toProtoTensor(latent!), logVariances: logVariance && toProtoTensor(logVariance), modelVersion: version.version };
}

/** Examples from latent vectors. */
export async function decode(runtime: FamilyRuntime, request: autoencoder.DecodeRequest, call: CallScope): Promise<autoencoder.DecodeResponse> {
  const version = await runtime.resolve(request.model, call);
  const latent = readLatents(request.latents, manifestOf(version).spec.latentSize, runtime.settings.QUARTET_MAX_BATCH);
  const { examples } = await runtime.infer(version, 'decode', { latent }, call);
  return { examples: toProtoTensor(examples!), modelVersion: version.version };
}

/** Examples as the model gives them back. */
export async function reconstruct(runtime: FamilyRuntime, request: autoencoder.ReconstructRequest, call: CallScope): Promise<autoencoder.ReconstructResponse> {
  const version = await runtime.resolve(request.model, call);
  const { examples, errors } = await reconstruction(runtime, version, request.input, call);
  return { examples: toProtoTensor(examples), errors, modelVersion: version.version };
}

/** Examples as a version gives them back, and how far each is off. */
export async function reconstruction(runtime: FamilyRuntime, version: Version, input: ImageInput, call: CallScope): Promise<{ examples: HostTensor; errors: number[] }> {
  const manifest = manifestOf(version);
  const examples = await readExamples(runtime, manifest, input);
  // The engine takes the examples' memory over.
  const given = { ...examples, data: examples.data.slice() };
  const { reconstruction: back } = await runtime.infer(version, 'reconstruct', { examples }, call);
  const errors = errorsOf(back!, given.data, manifest.spec);
  if (manifest.extra.varied) cutToLengths(back!, lengthsOf(given));
  return { examples: back!, errors };
}

function readLatents(tensor: Tensor | undefined, latentSize: number, maxBatch: number): HostTensor {
  if (!tensor) throw QuartetError.invalid('latents', `is not set; send [batch, ${latentSize}] float32`);
  if (tensor.dtype !== DataType.DATA_TYPE_FLOAT32) {
    throw QuartetError.invalid('latents.dtype', `received ${DataType[tensor.dtype] ?? tensor.dtype}, expected DATA_TYPE_FLOAT32`, 'DTYPE_MISMATCH');
  }
  const latents = fromBytes('float32', tensor.shape.map(Number), tensor.data, 'latents');
  const [count = 0] = latents.shape;
  if (latents.shape.length === 2 && count > maxBatch) {
    throw QuartetError.invalid('latents.shape', `received ${count} vectors, expected at most ${maxBatch} (QUARTET_MAX_BATCH); split them into several calls`, 'BATCH_TOO_LARGE');
  }
  checkTensor(latents, { name: 'latents', dtype: 'float32', shape: [null, latentSize] });
  return latents;
}
