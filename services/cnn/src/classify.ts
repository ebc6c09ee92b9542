import { QuartetError, type cnn, type Version } from '@quartet/contracts';
import type { HostTensor } from '@quartet/core';
import { readImages, toProtoTensor, type CallScope, type FamilyRuntime, type ImageInput } from '@quartet/service-kit';
import type { CnnExtra } from './finish';
import { checkHead } from './head';
import { manifestOf } from './model-info';
import { changed, changesOf, meanOf } from './test-time';
import { labelsHad, topClasses } from './top-classes';

/** Classes of images, most likely first; of a model of labels, those that each image has. */
export async function classify(runtime: FamilyRuntime, request: cnn.ClassifyRequest, call: CallScope): Promise<cnn.ClassifyResponse> {
  const version = await runtime.resolve(request.model, call);
  const { spec, classNames, extra } = manifestOf(version);
  checkHead(version, 'Classify');
  if (request.topK > spec.classes) throw QuartetError.invalid('top_k', `is ${request.topK}; the model has ${spec.classes} ${spec.head ?? 'classes'}. Ask for at most that many`);
  const unsureBelow = request.unsureBelow ?? (extra as CnnExtra).unsureBelow ?? 0;
  if (!(unsureBelow >= 0 && unsureBelow <= 1)) throw QuartetError.invalid('unsure_below', `is ${unsureBelow}; it takes a number from 0 to 1`);
  const { probabilities, logits } = await scores(runtime, version, request.input, call, request.testTimeAugmentation);
  const labels = spec.head === 'labels';
  return {
    results: labels && request.topK === 0 ? labelsHad(probabilities, classNames) : topClasses(probabilities, request.topK || 1, classNames, labels ? 0 : unsureBelow),
    modelVersion: version.version,
    logits: request.includeLogits ? toProtoTensor(logits) : undefined,
  };
}

/** Of a probability whose logarithm is taken: the smallest float32 of full precision. */
const LEAST = 2 ** -126;

type Scores = Record<'probabilities' | 'logits', HostTensor>;

/** What the network says of images: [batch, classes] each. With augmentation the mean of the probabilities, and as logits their logarithms. */
export async function scores(runtime: FamilyRuntime, version: Version, input: ImageInput, call: CallScope, augmentation?: cnn.TestTimeAugmentation): Promise<Scores> {
  const { inputShape } = manifestOf(version).spec;
  const changes = changesOf(augmentation, inputShape);
  const images = await readImages(input, inputShape, runtime.settings.QUARTET_MAX_BATCH);
  const [own, ...others] = await Promise.all(changes.map((change, index) => runtime.infer(version, 'classify', { images: index === 0 ? images : changed(images, change) }, call) as Promise<Scores>));
  if (others.length === 0) return own!;
  const probabilities = meanOf([own!, ...others].map((each) => each.probabilities));
  return { probabilities, logits: { ...probabilities, data: Float32Array.from(probabilities.data, (probability) => Math.log(Math.max(probability, LEAST))) } };
}
