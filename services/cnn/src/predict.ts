import type { cnn } from '@quartet/contracts';
import type { HostTensor } from '@quartet/core';
import { readImages, toProtoTensor, type CallScope, type FamilyRuntime } from '@quartet/service-kit';
import { checkHead } from './head';
import { manifestOf } from './model-info';
import { changed, changesOf, meanOf } from './test-time';

/** The numbers that a model gives for images, in the units of its data. */
export async function predict(runtime: FamilyRuntime, request: cnn.PredictRequest, call: CallScope): Promise<cnn.PredictResponse> {
  const version = await runtime.resolve(request.model, call);
  const { spec, classNames } = manifestOf(version);
  checkHead(version, 'Predict');
  const changes = changesOf(request.testTimeAugmentation, spec.inputShape);
  const images = await readImages(request.input, spec.inputShape, runtime.settings.QUARTET_MAX_BATCH);
  const answers = await Promise.all(changes.map((change, index) => runtime.infer(version, 'predict', { images: index === 0 ? images : changed(images, change) }, call)));
  return { values: toProtoTensor(meanOf(answers.map(({ values }) => values as HostTensor))), names: classNames, modelVersion: version.version };
}
