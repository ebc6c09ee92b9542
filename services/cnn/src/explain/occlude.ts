import { QuartetError, type cnn, type Version } from '@quartet/contracts';
import { occluded, occlusionMap, planOcclusion, type HostTensor } from '@quartet/core';
import { Violations, type CallScope, type FamilyRuntime } from '@quartet/service-kit';
import { manifestOf } from '../model-info';
import { answersTo, type Answers } from './evidence';

/** Places of the window. */
const MOST_PLACES = 4096;
/** Numbers that all hidden images together may have. */
const MOST_NUMBERS = 2 ** 30;
/** Numbers that one batch of them may have. */
const BATCH_NUMBERS = 2 ** 23;

export interface OcclusionCall {
  image: Float32Array;
  options: cnn.Occlusion | undefined;
  target: number;
  /** What is said of the whole image. */
  whole: Answers;
}

/**
 * What the class, label or number loses where a window hides a part of the image. The batches are ordinary ones, so that they take turns with other calls, and end
 * with this one.
 */
export async function occlude(runtime: FamilyRuntime, version: Version, { image, options, target, whole }: OcclusionCall, call: CallScope): Promise<{ map: Float32Array; occlusion: cnn.OcclusionReport }> {
  const { spec } = manifestOf(version);
  const { window, stride } = checked(options, spec.inputShape);
  const plan = planOcclusion(spec.inputShape, window, stride);
  const places = plan.corners.length;
  checkCost(places, image.length, stride);
  const channels = spec.inputShape[2] ?? 1;
  const fill = options?.fill !== undefined ? new Array<number>(channels).fill(options.fill) : (spec.normalization?.mean ?? means(image, channels));
  const losses = new Float64Array(places);
  const report: cnn.OcclusionReport = { window, stride, places, leastProbability: 0, leastValue: undefined, row: 0, column: 0 };
  let least = Infinity;
  const batch = Math.max(1, Math.min(64, runtime.settings.QUARTET_MAX_BATCH, Math.floor(BATCH_NUMBERS / image.length)));
  for (let first = 0; first < places; first += batch) {
    const corners = plan.corners.slice(first, first + batch);
    const images: HostTensor = { dtype: 'float32', shape: [corners.length, ...spec.inputShape], data: occluded(image, plan, corners, fill) };
    const left = await answersTo(runtime, version, images, call);
    corners.forEach(([row, column], at) => {
      losses[first + at] = whole.evidence(0, target) - left.evidence(at, target);
      const [probability, value] = [left.probability(at, target), left.value(at, target)];
      const what = probability ?? value ?? 0;
      if (what < least) [least, report.leastProbability, report.leastValue, report.row, report.column] = [what, probability ?? 0, value, row, column];
    });
  }
  return { map: occlusionMap(plan, losses), occlusion: report };
}

/** @throws QuartetError INVALID_FIELD with a violation for each bad field */
function checked(options: cnn.Occlusion | undefined, [height = 0, width = 0]: readonly number[]): { window: number; stride: number } {
  const shorter = Math.min(height, width);
  const violations = new Violations();
  const window = options?.window || Math.min(shorter, Math.max(1, Math.round(Math.max(height, width) / 5)));
  if (window > shorter) violations.add('occlusion.window', `is ${window}; it takes a whole number from 1 to ${shorter}, the shorter side of an image of ${height} x ${width}`);
  const stride = options?.stride || Math.max(1, Math.floor(window / 4));
  if (stride > window) violations.add('occlusion.stride', `is ${stride}; it takes a whole number from 1 to ${window}, the window, or pixels would be left out`);
  if (options?.fill !== undefined) violations.number('occlusion.fill', options.fill, 0, 1);
  violations.throwIfAny();
  return { window, stride };
}

function checkCost(places: number, numbers: number, stride: number): void {
  const tooMany = places > MOST_PLACES ? `${places} places, expected at most ${MOST_PLACES}` : places * numbers > MOST_NUMBERS ? `${places} places of ${numbers} numbers each, expected at most ${MOST_NUMBERS} numbers` : undefined;
  if (tooMany) throw QuartetError.invalid('occlusion.stride', `is ${stride}, which gives ${tooMany}; use a larger stride`, 'LIMIT_EXCEEDED');
}

/** Of each channel. */
function means(image: Float32Array, channels: number): number[] {
  const sums = new Array<number>(channels).fill(0);
  image.forEach((value, at) => (sums[at % channels]! += value));
  return sums.map((sum) => (sum * channels) / image.length);
}
