import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { QuartetError, type cnn, type Lineage, type ModelRef } from '@quartet/contracts';
import { buildNetwork, planTransfer, readSafetensors, transferWeights, type Network, type NetworkSpec } from '@quartet/core';
import { Violations, type TrainingJob } from '@quartet/service-kit';
import { outputNames } from '../spec';
import { frozenLayersOf, nameOf, toParent, toTransferSource } from './source';

/**
 * A network with the weights of the version that its training starts from.
 * @param spec Of the network, with the data's normalization: the version's own takes its place, as its weights were learnt with that.
 * @returns the network, and what its version is to say of where it comes from.
 * @throws QuartetError VERSION_NOT_FOUND, saying what to do, when the version was deleted since the training was asked for
 */
export async function startFrom(job: TrainingJob, request: cnn.TrainRequest, spec: NetworkSpec, seed: bigint): Promise<{ network: Network; lineage: Lineage }> {
  const ref = request.startFrom!;
  const { version, folder } = await job.version(ref).catch((error: unknown) => {
    throw explained(error, ref);
  });
  const violations = new Violations();
  const frozenLayers = frozenLayersOf(request, spec, violations);
  violations.throwIfAny();
  const source = toTransferSource(version);
  const normalized = { ...spec, normalization: source.spec.normalization };
  const { tensors } = readSafetensors(await readFile(join(folder, 'weights.safetensors')), `weights of ${nameOf(version)}`);
  const network = buildNetwork(normalized, seed, { frozenLayers });
  transferWeights(network, planTransfer({ spec: normalized, classNames: outputNames(job.dataset.schema!) }, source), tensors);
  return { network, lineage: { origin: { $case: 'parent', value: toParent(version) } } };
}

function explained(error: unknown, { name, target }: ModelRef): unknown {
  if (!QuartetError.is(error) || (error.reason !== 'VERSION_NOT_FOUND' && error.reason !== 'MODEL_NOT_FOUND')) return error;
  const version = `${name}@${target?.value ?? ''}`;
  const message = `start_from: ${version}, whose weights this training starts from, was deleted since the training was asked for; train again from a version that is there, or without start_from`;
  return new QuartetError(error.reason, message, { metadata: { ...error.metadata }, cause: error });
}
