import { cnn, inference, type Version } from '@quartet/contracts';
import type { ClassifierManifest } from '@quartet/core';
import { answersOf, floatRows, highestScores, signalsOf, type Signal } from '@quartet/service-kit';
import type { CnnExtra } from './finish';
import { anyManifest, isVideo } from './video/manifest';

const { classify, classifyVideo } = cnn.CnnServiceService;

const confidence = (values: number[]): Signal => ({ name: 'confidence', values, worse: 'lower' });

/** Of images with labels, a probability each: how many labels an image has. Fewer are no better or worse than more. */
const labels = (values: number[]): Signal => ({ name: 'number of labels', values, worse: 'either' });

/** A label that an image has. */
const HAS = 0.5;

/** How sure the answers are. What Predict and Embed answer says more of the image than of the model. */
export const signals = signalsOf(
  answersOf(classify, (version, { results }) => {
    if (headOf(version) === 'labels') return [labels(results.map(({ classes }) => classes.filter(({ probability }) => probability >= HAS).length))];
    return [confidence(results.map(({ classes: [first] }) => first?.probability ?? NaN)), unsure(version, results)];
  }),
  answersOf(classifyVideo, (_version, { results }) => [confidence(results.map(({ classes: [first] }) => first?.probability ?? NaN))]),
  answersOf(inference.GRPCInferenceServiceService.modelInfer, (version, response) => {
    if (headOf(version) !== 'labels') return [confidence(highestScores(response, 'probabilities'))];
    return [labels(floatRows(response, 'probabilities').map((row) => row.filter((probability) => probability >= HAS).length))];
  }),
);

/** Named by the version's own threshold: against another one there is nothing to compare. */
function unsure(version: Version, results: readonly cnn.Classification[]): Signal {
  const below = (anyManifest(version).extra as CnnExtra).unsureBelow ?? 0;
  return { name: below > 0 ? `share of answers unsure below ${below}` : 'share of unsure answers', values: results.map((each) => Number(each.unsure)), worse: 'higher' };
}

const headOf = (version: Version): string => (isVideo(version) ? 'classes' : ((anyManifest(version) as ClassifierManifest).spec.head ?? 'classes'));
