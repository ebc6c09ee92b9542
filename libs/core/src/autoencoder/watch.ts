import type { Seed } from '../random';
import { describeLatent } from './latent';
import { lostByColumn, lostByFrequency, type LostPart } from './lost';
import { fitPca, reconstructByPca } from './pca';
import { kindOf, sizeOf, type AutoencoderSpec } from './spec';
import { independentPixels, shuffledTiles, uniformNoise } from './strange-images';

/** What an autoencoder has learnt, measured against copying and against the best linear one of its size. */
export interface WatchReport {
  metrics: {
    /** Mean squared error of examples that weren't trained on; of PCA with as many components; and of their mean. */
    mse: number;
    pcaMse: number;
    meanMse: number;
    /** Share of the variance given back of noise with the data's own numbers; of PCA as well. */
    noiseExplained: number;
    pcaNoiseExplained: number;
    /** The same of uniform noise, and, where there are images, of those with their tiles shuffled. */
    uniformExplained: number;
    tilesExplained?: number;
    latentRank: number;
    activeUnits: number;
  };
  /** What was lost, by column, or of images by band of frequencies. */
  lost: LostPart[];
  finding?: { verdict: 'copies_its_input' | 'posterior_collapse'; evidence: string; remedy: string };
}

export interface Watched {
  spec: AutoencoderSpec;
  /** [count, ...inputShape], flat, images in 0..1, rows and series scaled: what was trained on, or some of it. */
  training: Float32Array;
  /** Examples that weren't trained on. */
  unseen: Float32Array;
  reconstruct(examples: Float32Array): { reconstruction: Float32Array; latent: Float32Array };
  seed: Seed;
  /** Names of the columns of rows and series. */
  columns?: readonly string[];
}

/** Noise shares no relation between its numbers: who gives back more of it than this has no use for such relations. */
const COPIES = 0.5;
/** A variational model whose outputs explain less than this of its inputs doesn't look at them. */
const COLLAPSED = 0.1;
/** Examples of less variance than this are one example: neither verdict makes sense of them. */
const ALIKE = 1e-9;

/** Tests whether an autoencoder merely copies, or a variational one ignores its input, and compares it with PCA. */
export function watchAutoencoder({ spec, training, unseen, reconstruct, seed, columns = [] }: Watched): WatchReport {
  const size = sizeOf(spec);
  const image = kindOf(spec) === 'image';
  // PCA knows no NaN: what comes after a sequence's end is 0 to it, the mean.
  const pca = fitPca(image ? training : filled(training), size, spec.latentSize);
  const byPca = (examples: Float32Array): Float32Array => reconstructByPca(pca, image ? examples : filled(examples), image);
  const { reconstruction, latent } = reconstruct(unseen);
  const ofPca = byPca(unseen);
  const explains = (examples: Float32Array): number => explained(reconstruct(examples).reconstruction, examples, size);
  const noise = independentPixels(unseen, size, seed);
  const { rank, activeUnits } = describeLatent(latent, spec.latentSize);
  const metrics = {
    mse: meanSquare(reconstruction, unseen),
    pcaMse: meanSquare(ofPca, unseen),
    meanMse: variance(unseen, size),
    noiseExplained: explains(noise),
    pcaNoiseExplained: explained(byPca(noise), noise, size),
    uniformExplained: explains(uniformLike(unseen, image, seed)),
    ...(image && { tilesExplained: explains(shuffledTiles(unseen, spec.inputShape, seed)) }),
    latentRank: rank,
    activeUnits,
  };
  const lost = image ? lostByFrequency(spec.inputShape, unseen, reconstruction, ofPca) : lostByColumn(spec.inputShape.at(-1) ?? 1, columns, unseen, reconstruction, ofPca);
  return { metrics, lost, finding: judge(spec, size, metrics) };
}

/** Uniform noise: of images in 0..1; of scaled numbers, of deviation 1. What is NaN stays so. */
function uniformLike(examples: Float32Array, image: boolean, seed: Seed): Float32Array {
  const noise = uniformNoise(examples.length, seed);
  return image ? noise : noise.map((value, at) => (Number.isNaN(examples[at]) ? NaN : (2 * value - 1) * Math.sqrt(3)));
}

const filled = (examples: Float32Array): Float32Array => examples.map((value) => (Number.isNaN(value) ? 0 : value));

function judge(spec: AutoencoderSpec, size: number, m: WatchReport['metrics']): WatchReport['finding'] {
  const { latentSize } = spec;
  if (m.meanMse <= ALIKE) return undefined;
  const inputsExplained = 1 - m.mse / m.meanMse;
  if (spec.variational && (m.activeUnits === 0 || inputsExplained < COLLAPSED)) {
    return {
      verdict: 'posterior_collapse',
      evidence: `${m.activeUnits} of ${latentSize} latent units vary with the input, and the outputs explain ${percent(inputsExplained)} of the inputs' variance: the decoder ignores the latent`,
      remedy: `lower beta (it is ${spec.variational.beta}), let it grow over more steps (warm_up_steps is ${spec.variational.warmUpSteps}), or give each unit free_bits such as 0.1`,
    };
  }
  if (m.noiseExplained < COPIES || inputsExplained < m.noiseExplained / 2) return undefined;
  const remedies = [`a smaller latent (it is ${latentSize} for ${size} numbers)`];
  if (!spec.corruption) remedies.push('noise on the inputs (a corruption such as gaussian 0.3)');
  if (!spec.variational) remedies.push('sparsity on the latent (0.01), or a variational one');
  if (spec.dropout === 0) remedies.push('dropout (0.2)');
  if (spec.variational) remedies.push(`a larger beta (it is ${spec.variational.beta})`);
  return {
    verdict: 'copies_its_input',
    evidence:
      `it gives back ${percent(m.noiseExplained)} of the variance of noise in which no number tells of any other (PCA with ${latentSize} components: ${percent(m.pcaNoiseExplained)}), ` +
      (m.tilesExplained === undefined ? '' : `${percent(m.tilesExplained)} of images with shuffled tiles, `) +
      `and ${percent(inputsExplained)} of unseen examples: it has learnt to pass anything on, not what the data is like`,
    remedy: `try ${remedies.join('; ')}`,
  };
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** Over what is there: NaN in `b` doesn't count. */
function meanSquare(a: Float32Array, b: Float32Array): number {
  let [sum, count] = [0, 0];
  for (let at = 0; at < b.length; at += 1) {
    const square = ((a[at] as number) - (b[at] as number)) ** 2;
    if (Number.isNaN(b[at])) continue;
    sum += square;
    count += 1;
  }
  return sum / count;
}

/** Mean squared distance of the numbers from their means over the examples. NaN doesn't count. */
function variance(examples: Float32Array, size: number): number {
  const sums = new Float64Array(size);
  const counts = new Float64Array(size);
  examples.forEach((value, at) => {
    if (Number.isNaN(value)) return;
    sums[at % size]! += value;
    counts[at % size]! += 1;
  });
  let [sum, count] = [0, 0];
  examples.forEach((value, at) => {
    if (Number.isNaN(value)) return;
    sum += (value - (sums[at % size] as number) / (counts[at % size] as number)) ** 2;
    count += 1;
  });
  return sum / count;
}

/** 1: given back as it was. 0: no better than the mean, or there is nothing to tell examples apart by. Below 0: worse. */
function explained(reconstruction: Float32Array, examples: Float32Array, size: number): number {
  const spread = variance(examples, size);
  return spread > ALIKE ? 1 - meanSquare(reconstruction, examples) / spread : 0;
}
