import { QuartetError, type autoencoder } from '@quartet/contracts';
import { toProtoTensor, type CallScope, type FamilyRuntime } from '@quartet/service-kit';
import { readExamples } from './data/read-examples';
import { squaredErrors } from './errors-of';
import { manifestOf } from './model-info';

/** How unlike the examples that the model knows others are, and where. */
export async function detectAnomalies(runtime: FamilyRuntime, request: autoencoder.DetectAnomaliesRequest, call: CallScope): Promise<autoencoder.DetectAnomaliesResponse> {
  const rate = request.targetFalsePositiveRate || 0.01;
  if (!(rate > 0 && rate < 1)) throw QuartetError.invalid('target_false_positive_rate', `is ${rate}; it takes a number above 0 and below 1, such as 0.01`);
  const version = await runtime.resolve(request.model, call);
  const manifest = manifestOf(version);
  const { spec, extra } = manifest;
  if (extra.validationScores.length === 0) {
    throw new QuartetError('WRONG_STATE', `${version.model} version ${version.version} was trained on data without a validation part, so there is nothing to set a threshold by; import the data with a validation_share and train again`);
  }
  const examples = await readExamples(runtime, manifest, request.input);
  const given = examples.data.slice();
  const { reconstruction, scores } = await runtime.infer(version, 'anomalies', { examples }, call);
  const threshold = thresholdFor(extra.validationScores, rate);
  return {
    results: Array.from(scores!.data, (score) => ({ score, anomalous: score > threshold })),
    threshold,
    maps: request.includeMaps ? toProtoTensor({ dtype: 'float32', shape: reconstruction!.shape, data: squaredErrors(reconstruction!, given, spec) }) : undefined,
    modelVersion: version.version,
  };
}

/** The least of the quantiles above which lie at most a share `rate` of the validation part. */
export function thresholdFor(quantiles: readonly number[], rate: number): number {
  const last = quantiles.length - 1;
  // A hair less, so that 0.99 * 100 isn't taken for a little more than 99.
  return quantiles[Math.min(last, Math.ceil((1 - rate) * last - 1e-9))] ?? Infinity;
}
