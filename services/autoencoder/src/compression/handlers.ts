import { QuartetError, type autoencoder, type Version } from '@quartet/contracts';
import { decodeLatents, encodeLatents, QUALITIES, type HostTensor } from '@quartet/core';
import { readImages, toProtoTensor, Violations, type CallScope, type FamilyRuntime } from '@quartet/service-kit';
import { errorsOf } from '../errors-of';
import { manifestOf } from '../model-info';
import { readStream, weightsMark, writeStream, type CompressedStream } from './stream';

const DEFAULT_QUALITY = 3;

/** Images as a short stream of bytes. */
export async function compress(runtime: FamilyRuntime, request: autoencoder.CompressRequest, call: CallScope): Promise<autoencoder.CompressResponse> {
  const quality = request.quality || DEFAULT_QUALITY;
  const violations = new Violations();
  violations.integer('quality', quality, 1, QUALITIES);
  violations.throwIfAny();
  const version = await runtime.resolve(request.model, call);
  const { spec, extra } = manifestOf(version);
  const images = await readImages(request.input, spec.inputShape, runtime.settings.QUARTET_MAX_BATCH);
  const given = images.data.slice();
  const count = images.shape[0] ?? 0;
  const { latent } = await runtime.infer(version, 'encode', { images }, call);
  const code = encodeLatents(extra.latentTable, latent!.data, quality);
  const stream: CompressedStream = { weights: weightsMark(version.weightsSha256), version: Number(version.version), quality, count, code };
  // What Decompress will give, by the same way as it.
  const decoded = await decodeStream(runtime, version, stream, call);
  const unit = Float32Array.from(decoded.data, (value) => value / 255);
  return {
    stream: writeStream(stream),
    images: request.includeImages ? toProtoTensor(decoded) : undefined,
    errors: errorsOf({ ...decoded, dtype: 'float32', data: unit }, given),
    modelVersion: version.version,
  };
}

/** The images of a stream. */
export async function decompress(runtime: FamilyRuntime, request: autoencoder.DecompressRequest, call: CallScope): Promise<autoencoder.DecompressResponse> {
  const stream = readStream(request.stream);
  const { QUARTET_MAX_BATCH: most } = runtime.settings;
  if (stream.count > most) {
    throw QuartetError.invalid('stream', `holds ${stream.count} images, expected at most ${most} (QUARTET_MAX_BATCH); compress fewer at once`, 'BATCH_TOO_LARGE');
  }
  const version = await runtime.resolve(request.model, call);
  if (weightsMark(version.weightsSha256) !== stream.weights) throw await otherVersion(runtime, version, stream, call);
  return { images: toProtoTensor(await decodeStream(runtime, version, stream, call)), modelVersion: version.version };
}

/** [count, ...inputShape], uint8. */
async function decodeStream(runtime: FamilyRuntime, version: Version, { code, count, quality }: CompressedStream, call: CallScope): Promise<HostTensor> {
  const { spec, extra } = manifestOf(version);
  const latent: HostTensor = { dtype: 'float32', shape: [count, spec.latentSize], data: decodeLatents(extra.latentTable, code, count, quality) };
  const { images } = await runtime.infer(version, 'decodeEach', { latent }, call);
  return { dtype: 'uint8', shape: images!.shape, data: Uint8Array.from(images!.data, (value) => Math.round(value * 255)) };
}

/** Says which version the stream is of. */
async function otherVersion(runtime: FamilyRuntime, { model, version }: Version, stream: CompressedStream, call: CallScope): Promise<QuartetError> {
  const target = { $case: 'version' as const, value: BigInt(stream.version) };
  const maker = await runtime.resolve({ name: model, target }, call).catch((error: unknown) => {
    if (QuartetError.is(error) && error.reason === 'VERSION_NOT_FOUND') return undefined;
    throw error;
  });
  const right = maker && weightsMark(maker.weightsSha256) === stream.weights ? `version ${stream.version} of '${model}'; ask for that version` : `version ${stream.version} of another model; ask for that model`;
  return QuartetError.invalid('stream', `asked of version ${version} of '${model}', but it was made by ${right}`, 'WRONG_STATE');
}
