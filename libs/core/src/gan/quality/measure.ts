import { nearestPoints } from '../../autoencoder/latent';
import type { HostTensor } from '../../tensor/host-tensor';
import type { Metrics } from '../../training/events';
import type { QualityReport } from '../trainer';
import type { FeatureExtractor } from './features';
import { frechetDistance } from './frechet';
import { kernelDistance } from './kernel-distance';
import { compareManifolds } from './manifold';

export interface QualityData {
  /** Real examples that weren't trained on, and as many that were: [count, ...exampleShape]. */
  heldOut: HostTensor;
  seen: HostTensor;
  /** Training examples among which nearest ones are looked for; some thousands say enough. */
  searched: HostTensor;
  /** Of a labelled data set: how many, and the held-out examples' own. */
  classes?: { count: number; labels: Int32Array };
}

/** Examples whose nearest training example is looked for, and of two sets as precision and its kin compare them. */
const SEARCHED = 200;
const COMPARED = 1000;
/** Classes whose shares are reported one by one. */
const MOST_CLASSES = 20;

/** Measures generated examples against real ones. */
export class Quality {
  /** The same numbers for real against real examples: what a perfect generator would reach. */
  readonly floor: Metrics;
  private readonly real: Float32Array;
  private readonly spread: { total: number; byClass: number[] };
  private readonly realNearest: number;
  /** Brings the real examples' features to a mean square of 1: distances then don't depend on the extractor's own scale. */
  private readonly scale: number;

  constructor(
    private readonly extractor: FeatureExtractor,
    private readonly data: QualityData,
  ) {
    const real = extractor.run(data.heldOut).features;
    this.scale = 1 / Math.sqrt(real.reduce((sum, value) => sum + value ** 2, 0) / Math.max(1, real.length) || 1);
    this.real = real.map((value) => value * this.scale);
    this.spread = this.spreadOf(this.real, data.classes?.labels);
    this.realNearest = this.nearest(data.heldOut);
    this.floor = this.distances(this.run(data.seen).features);
  }

  /** @param wanted Classes that the examples were asked to be. */
  measure(generated: HostTensor, wanted?: Int32Array): QualityReport {
    const { features, classes } = this.run(generated);
    const distances = this.distances(features);
    const spread = this.spreadOf(features, wanted);
    // Within each class, where classes were asked for: ten pictures for ten classes vary as a whole.
    const ratios = wanted ? spread.byClass.map((own, at) => own / (this.spread.byClass[at] || 1)) : [spread.total / (this.spread.total || 1)];
    const diversity = ratios.reduce((sum, ratio) => sum + ratio, 0) / Math.max(1, ratios.length);
    const nearest = this.realNearest > 0 ? this.nearest(generated) / this.realNearest : undefined;
    const floors = { 'distance/floor': this.floor.distance as number, 'kernelDistance/floor': this.floor.kernelDistance as number };
    return { distance: distances.distance as number, diversity, nearest, metrics: { ...distances, ...floors, ...(classes && this.shares(classes, wanted)) } };
  }

  private run(examples: HostTensor): { features: Float32Array; classes?: Int32Array } {
    const { features, classes } = this.extractor.run(examples);
    return { features: features.map((value) => value * this.scale), classes };
  }

  private distances(features: Float32Array): Metrics {
    const { size } = this.extractor;
    const some = (all: Float32Array): Float32Array => all.subarray(0, Math.min(all.length, COMPARED * size));
    return {
      distance: frechetDistance(this.real, features, size),
      kernelDistance: kernelDistance(this.real, features, size),
      ...compareManifolds(some(this.real), some(features), size),
    };
  }

  /** Root of the mean squared distance from the mean, over all and within each class. */
  private spreadOf(features: Float32Array, labels: Int32Array | undefined): { total: number; byClass: number[] } {
    const { size } = this.extractor;
    const rows = Array.from({ length: features.length / size }, (_, row) => row);
    const byClass = labels && this.data.classes ? Array.from({ length: this.data.classes.count }, (_, of) => spread(features, size, rows.filter((row) => labels[row] === of))) : [];
    return { total: spread(features, size, rows), byClass };
  }

  /** Median distance to the nearest training example, in the data's own scale. */
  private nearest(examples: HostTensor): number {
    const size = examples.shape.slice(1).reduce((a, b) => a * b, 1);
    const some = (examples.data as Float32Array).slice(0, Math.min(examples.data.length, SEARCHED * size));
    const { distances } = nearestPoints(this.data.searched.data as Float32Array, some, size, 1);
    return [...distances].sort((a, b) => a - b)[Math.floor(distances.length / 2)] ?? NaN;
  }

  private shares(classes: Int32Array, wanted: Int32Array | undefined): Metrics {
    const count = this.data.classes?.count ?? 0;
    const found = new Array<number>(count).fill(0);
    const real = new Array<number>(count).fill(0);
    classes.forEach((of) => (found[of] = (found[of] ?? 0) + 1));
    this.data.classes?.labels.forEach((of) => (real[of] = (real[of] ?? 0) + 1));
    // Asked for one by one, each class has an equal share; otherwise that which it has among real examples.
    const share = found.map((each, of) => each / classes.length / (wanted ? 1 / count : (real[of] as number) / (this.data.classes?.labels.length ?? 1) || Infinity));
    return {
      'classes/leastShare': Math.min(...share),
      'classes/mostShare': Math.max(...share),
      ...(count <= MOST_CLASSES && Object.fromEntries(share.map((each, of) => [`classes/${of}`, each]))),
      ...(wanted && { 'classes/asAsked': classes.filter((of, at) => of === wanted[at]).length / classes.length }),
    };
  }
}

function spread(features: Float32Array, size: number, rows: readonly number[]): number {
  if (rows.length < 2) return 0;
  const mean = new Float64Array(size);
  for (const row of rows) for (let at = 0; at < size; at += 1) mean[at]! += (features[row * size + at] as number) / rows.length;
  let sum = 0;
  for (const row of rows) for (let at = 0; at < size; at += 1) sum += ((features[row * size + at] as number) - (mean[at] as number)) ** 2;
  return Math.sqrt(sum / rows.length);
}
