import { DEFAULT_SIGNATURE, type ExportableModel, type ModelFunction } from '../artifact/export-model';
import { tf, type Tensor } from '../engine';
import type { Network } from '../network/network';
import type { Gan } from './build';

/**
 * A GAN's functions as its artefact has them; `y`, the class, is an input of a conditional one only. `serving_default`: latents `z` -> `x`. `judge`: `x` ->
 * `score`, and `class_logits` of a semi-supervised one. `explain`: `x` -> `map`, how much each of its numbers moves the score. `project`: `z` and a wanted
 * `x` -> the mean squared `error` of each, and its `slope` by z. `features`, with a classifier: `x` -> `features` and `class_logits`.
 */
export function ganFunctions(gan: Gan, classifier?: Network): ExportableModel {
  const { exampleShape, latentSize, mode } = gan.spec;
  const conditional = mode === 'conditional';
  const z = { dtype: 'float32' as const, shape: [latentSize] };
  const x = { dtype: 'float32' as const, shape: exampleShape };
  const y: ModelFunction['inputs'] = conditional ? { y: { dtype: 'int32', shape: [] } } : {};
  const functions: Record<string, ModelFunction> = {
    [DEFAULT_SIGNATURE]: { inputs: { z, ...y }, compute: (given) => ({ x: gan.generate(given.z!, given.y) }) },
    judge: {
      inputs: { x, ...y },
      compute: (given): Record<string, Tensor> => {
        const { score, classLogits } = gan.judge(given.x!, given.y);
        return classLogits ? { score, class_logits: classLogits } : { score };
      },
    },
    explain: { inputs: { x, ...y }, compute: (given) => ({ map: tf().grad((at: Tensor) => gan.judge(at, given.y).score.sum())(given.x!).abs() }) },
    project: {
      inputs: { z, x, ...y },
      compute: (given) => {
        const errorOf = (latent: Tensor): Tensor => gan.generate(latent, given.y).sub(given.x!).square().reshape([given.x!.shape[0], -1]).mean(1);
        return { error: errorOf(given.z!), slope: tf().grad((latent: Tensor) => errorOf(latent).sum())(given.z!) };
      },
    },
  };
  if (classifier) {
    functions.features = {
      inputs: { x },
      compute: (given) => {
        const { embedding, logits } = classifier.forward(given.x!);
        return { features: embedding, class_logits: logits };
      },
    };
  }
  const own = classifier?.weights.map(({ name, ...weight }) => ({ ...weight, name: `classifier.${name}` })) ?? [];
  return { weights: [...gan.weights, ...own], functions };
}
