import type { Seed } from '../random';
import { describeLatent } from './latent';
import { fitPca, reconstructByPca } from './pca';
import { sizeOf, type AutoencoderSpec } from './spec';
import { independentPixels, shuffledTiles, uniformNoise } from './strange-images';

/** What an autoencoder has learnt, measured against copying and against the best linear one of its size. */
export interface WatchReport {
  metrics: {
    /** Mean squared error of images that weren't trained on; of PCA with as many components; and of their mean image. */
    mse: number;
    pcaMse: number;
    meanMse: number;
    /** Share of the variance given back of noise with the data's own pixels; of PCA as well. */
    noiseExplained: number;
    pcaNoiseExplained: number;
    /** The same of uniform noise, and of images with their tiles shuffled. */
    uniformExplained: number;
    tilesExplained: number;
    latentRank: number;
    activeUnits: number;
  };
  finding?: { verdict: 'copies_its_input' | 'posterior_collapse'; evidence: string; remedy: string };
}

export interface Watched {
  spec: AutoencoderSpec;
  /** [count, ...inputShape] in 0..1, flat: what was trained on, or some of it. */
  training: Float32Array;
  /** Images that weren't trained on. */
  unseen: Float32Array;
  reconstruct(images: Float32Array): { reconstruction: Float32Array; latent: Float32Array };
  seed: Seed;
}

/** Noise shares no relation between pixels: who gives back more of it than this has no use for such relations. */
const COPIES = 0.5;
/** A variational model whose outputs explain less than this of its inputs doesn't look at them. */
const COLLAPSED = 0.1;
/** Images of less variance than this are one image: neither verdict makes sense of them. */
const ALIKE = 1e-9;

/** Tests whether an autoencoder merely copies, or a variational one ignores its input, and compares it with PCA. */
export function watchAutoencoder({ spec, training, unseen, reconstruct, seed }: Watched): WatchReport {
  const size = sizeOf(spec);
  const pca = fitPca(training, size, spec.latentSize);
  const { reconstruction, latent } = reconstruct(unseen);
  const noise = independentPixels(unseen, size, seed);
  const uniform = uniformNoise(unseen.length, seed);
  const tiles = shuffledTiles(unseen, spec.inputShape, seed);
  const { rank, activeUnits } = describeLatent(latent, spec.latentSize);
  const metrics = {
    mse: meanSquare(reconstruction, unseen),
    pcaMse: meanSquare(reconstructByPca(pca, unseen), unseen),
    meanMse: variance(unseen, size),
    noiseExplained: explained(reconstruct(noise).reconstruction, noise, size),
    pcaNoiseExplained: explained(reconstructByPca(pca, noise), noise, size),
    uniformExplained: explained(reconstruct(uniform).reconstruction, uniform, size),
    tilesExplained: explained(reconstruct(tiles).reconstruction, tiles, size),
    latentRank: rank,
    activeUnits,
  };
  return { metrics, finding: judge(spec, size, metrics) };
}

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
      `it gives back ${percent(m.noiseExplained)} of the variance of noise in which no pixel tells of any other (PCA with ${latentSize} components: ${percent(m.pcaNoiseExplained)}), ` +
      `${percent(m.tilesExplained)} of images with shuffled tiles, and ${percent(inputsExplained)} of unseen images: it has learnt to pass anything on, not what the data is like`,
    remedy: `try ${remedies.join('; ')}`,
  };
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

function meanSquare(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) sum += ((a[at] as number) - (b[at] as number)) ** 2;
  return sum / a.length;
}

/** Mean squared distance of the pixels from their mean over the images. */
function variance(images: Float32Array, size: number): number {
  const means = new Float64Array(size);
  const count = images.length / size;
  images.forEach((value, at) => (means[at % size]! += value / count));
  let sum = 0;
  images.forEach((value, at) => (sum += (value - (means[at % size] as number)) ** 2));
  return sum / images.length;
}

/** 1: given back as it was. 0: no better than the mean image, or there is nothing to tell images apart by. Below 0: worse. */
function explained(reconstruction: Float32Array, images: Float32Array, size: number): number {
  const spread = variance(images, size);
  return spread > ALIKE ? 1 - meanSquare(reconstruction, images) / spread : 0;
}
