import { QuartetError, type autoencoder, type Version } from '@quartet/contracts';
import { decodeByTable, encodeByTable, kindOf, QUALITIES, type HostTensor } from '@quartet/core';
import { toProtoTensor, Violations, type CallScope, type FamilyRuntime } from '@quartet/service-kit';
import { cutToLengths, lengthsOf } from '../data/lengths';
import { readExamples } from '../data/read-examples';
import { errorsOf } from '../errors-of';
import { manifestOf } from '../model-info';
import { readLengths, readStream, weightsMark, writeLengths, writeStream, type CompressedStream } from './stream';

const DEFAULT_QUALITY = 3;

/** Examples as a short stream of bytes. */
export async function compress(runtime: FamilyRuntime, request: autoencoder.CompressRequest, call: CallScope): Promise<autoencoder.CompressResponse> {
  const version = await runtime.resolve(request.model, call);
  const manifest = manifestOf(version);
  const { spec, extra } = manifest;
  const quality = qualityOf(request.quality, spec.codebook !== undefined);
  const examples = await readExamples(runtime, manifest, request.input);
  const given = { ...examples, data: examples.data.slice() };
  const { latent } = await runtime.infer(version, 'encode', { examples }, call);
  const code = encodeByTable(extra.latentTable, latent!.data, quality);
  const rest = extra.varied ? writeLengths(lengthsOf(given), code) : code;
  const stream: CompressedStream = { weights: weightsMark(version.weightsSha256), version: Number(version.version), quality, count: given.shape[0] ?? 0, rest };
  // What Decompress will give, by the same way as it.
  const decoded = await decodeStream(runtime, version, stream, call);
  const compared = decoded.dtype === 'uint8' ? Float32Array.from(decoded.data, (value) => value / 255) : decoded.data;
  return {
    stream: writeStream(stream),
    examples: request.includeExamples ? toProtoTensor(decoded) : undefined,
    errors: errorsOf({ ...decoded, dtype: 'float32', data: compared }, given.data, spec),
    modelVersion: version.version,
  };
}

/** A codebook has one quality, 0 in its streams. */
function qualityOf(quality: number, codebook: boolean): number {
  const violations = new Violations();
  if (codebook && quality > 0) violations.add('quality', `is ${quality}, but the model has a codebook, which has one quality; leave it 0`);
  else if (!codebook) violations.integer('quality', quality || DEFAULT_QUALITY, 1, QUALITIES);
  violations.throwIfAny();
  return codebook ? 0 : quality || DEFAULT_QUALITY;
}

/** The examples of a stream. */
export async function decompress(runtime: FamilyRuntime, request: autoencoder.DecompressRequest, call: CallScope): Promise<autoencoder.DecompressResponse> {
  const stream = readStream(request.stream);
  const { QUARTET_MAX_BATCH: most } = runtime.settings;
  if (stream.count > most) {
    throw QuartetError.invalid('stream', `holds ${stream.count} examples, expected at most ${most} (QUARTET_MAX_BATCH); compress fewer at once`, 'BATCH_TOO_LARGE');
  }
  const version = await runtime.resolve(request.model, call);
  if (weightsMark(version.weightsSha256) !== stream.weights) throw await otherVersion(runtime, version, stream, call);
  return { examples: toProtoTensor(await decodeStream(runtime, version, stream, call)), modelVersion: version.version };
}

/** [count, ...inputShape]: of images uint8, else float32. */
async function decodeStream(runtime: FamilyRuntime, version: Version, { rest, count, quality }: CompressedStream, call: CallScope): Promise<HostTensor> {
  const { spec, extra } = manifestOf(version);
  const { lengths, code } = extra.varied ? readLengths(rest, count, spec.inputShape[0]!) : { lengths: undefined, code: rest };
  const latent: HostTensor = { dtype: 'float32', shape: [count, spec.latentSize], data: decodeByTable(extra.latentTable, code, count, quality) };
  const { examples } = await runtime.infer(version, 'decodeEach', { latent }, call);
  if (kindOf(spec) === 'image') return { dtype: 'uint8', shape: examples!.shape, data: Uint8Array.from(examples!.data, (value) => Math.round(value * 255)) };
  if (lengths) cutToLengths(examples!, lengths);
  return examples!;
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
