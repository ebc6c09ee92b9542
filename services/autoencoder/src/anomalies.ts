import { QuartetError, type autoencoder } from '@quartet/contracts';
import type { HostTensor } from '@quartet/core';
import { readImages, toProtoTensor, type CallScope, type FamilyRuntime } from '@quartet/service-kit';
import { errorsOf } from './errors-of';
import { manifestOf } from './model-info';

/** Images that the model gives back worse than the images it knows, and where. */
export async function detectAnomalies(runtime: FamilyRuntime, request: autoencoder.DetectAnomaliesRequest, call: CallScope): Promise<autoencoder.DetectAnomaliesResponse> {
  const rate = request.targetFalsePositiveRate || 0.01;
  if (!(rate > 0 && rate < 1)) throw QuartetError.invalid('target_false_positive_rate', `is ${rate}; it takes a number above 0 and below 1, such as 0.01`);
  const version = await runtime.resolve(request.model, call);
  const { spec, extra } = manifestOf(version);
  if (extra.validationErrors.length === 0) {
    throw new QuartetError('WRONG_STATE', `${version.model} version ${version.version} was trained on data without a validation part, so there is nothing to set a threshold by; import the data with a validation_share and train again`);
  }
  const images = await readImages(request.input, spec.inputShape, runtime.settings.QUARTET_MAX_BATCH);
  const given = images.data.slice();
  const { reconstruction } = await runtime.infer(version, 'reconstruct', { images }, call);
  const threshold = thresholdFor(extra.validationErrors, rate);
  return {
    results: errorsOf(reconstruction!, given).map((score) => ({ score, anomalous: score > threshold })),
    threshold,
    maps: request.includeMaps ? toProtoTensor(squaredErrors(reconstruction!, given)) : undefined,
    modelVersion: version.version,
  };
}

/** The least of the quantiles above which lie at most a share `rate` of the validation part. */
export function thresholdFor(quantiles: readonly number[], rate: number): number {
  const last = quantiles.length - 1;
  // A hair less, so that 0.99 * 100 isn't taken for a little more than 99.
  return quantiles[Math.min(last, Math.ceil((1 - rate) * last - 1e-9))] ?? Infinity;
}

function squaredErrors({ shape, data }: HostTensor, given: ArrayLike<number>): HostTensor {
  return { dtype: 'float32', shape, data: Float32Array.from(data, (value, at) => (value - (given[at] ?? 0)) ** 2) };
}
