import { Family, QuartetError, type cnn, type ModelRef, type ParentVersion, type Version } from '@quartet/contracts';
import type { TransferSource } from '@quartet/core';
import type { CallScope, FamilyRuntime, Violations } from '@quartet/service-kit';
import { manifestOf } from '../model-info';

/** The layer before which all are frozen when the whole network but its classifying layer is. */
const HEAD = 'head';

/**
 * The version that a training is to start from, if it is to.
 * @throws QuartetError MODEL_NOT_FOUND, VERSION_NOT_FOUND, LABEL_NOT_FOUND, saying what exists; WRONG_FAMILY
 */
export async function findSource(runtime: FamilyRuntime, ref: ModelRef | undefined, { signal }: CallScope): Promise<Version | undefined> {
  if (!ref) return undefined;
  const version = await runtime.registry.models.getVersion({ model: ref }, { signal });
  if (version.family === Family.FAMILY_CNN) return version;
  throw new QuartetError('WRONG_FAMILY', `start_from: model '${version.model}' is no CNN model; a training starts from the weights of a version of its own family`, { metadata: { model: version.model } });
}

/** How a version is named in messages: `digits@3`. */
export const nameOf = ({ model, version }: Pick<Version, 'model' | 'version'>): string => `${model}@${version}`;

export const toTransferSource = (version: Version): TransferSource => {
  const { spec, classNames } = manifestOf(version);
  return { spec, classNames };
};

export const toParent = ({ model, version, weightsSha256 }: Version): ParentVersion => ({ model, version, weightsSha256 });

/**
 * How many layers a `freeze_before` keeps, from the first on.
 * @param spec Of the network that is trained.
 */
export function frozenLayersOf({ freezeBefore, startFrom }: cnn.TrainRequest, { layers }: { readonly layers: readonly unknown[] }, violations: Violations): number {
  if (freezeBefore === '') return 0;
  if (!startFrom) violations.add('freeze_before', `is "${freezeBefore}" without start_from; frozen layers keep the weights of a version, so name one, or leave it empty`);
  if (freezeBefore === HEAD) return layers.length;
  const index = /^layers\.(\d{1,4})$/.exec(freezeBefore)?.[1];
  if (index !== undefined && Number(index) >= 1 && Number(index) < layers.length) return Number(index);
  violations.add('freeze_before', `is "${freezeBefore}"; it takes "${HEAD}" (all layers stay as they are), or "layers.1" to "layers.${layers.length - 1}", the first layer that learns`);
  return 0;
}
