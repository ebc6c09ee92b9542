import type { autoencoder } from '@quartet/contracts';
import { readImages, Violations, type CallScope, type FamilyRuntime } from '@quartet/service-kit';
import { manifestOf } from './model-info';

/** Neighbours that the engine looks for, whatever a request wants: requests then share their batches. */
export const MOST_NEIGHBORS = 100;

/** The training images whose latents are nearest to those of the given images. */
export async function neighbors(runtime: FamilyRuntime, request: autoencoder.NeighborsRequest, call: CallScope): Promise<autoencoder.NeighborsResponse> {
  const count = request.count || 5;
  const violations = new Violations();
  violations.integer('count', count, 1, MOST_NEIGHBORS);
  violations.throwIfAny();
  const version = await runtime.resolve(request.model, call);
  const { spec, classNames } = manifestOf(version);
  const images = await readImages(request.input, spec.inputShape, runtime.settings.QUARTET_MAX_BATCH);
  const { indices, distances, labels } = await runtime.infer(version, 'neighbors', { images }, call);
  const [batch = 0, found = 0] = indices!.shape;
  const results = Array.from({ length: batch }, (_, row) => ({
    neighbors: Array.from({ length: Math.min(count, found) }, (_, rank) => {
      const at = row * found + rank;
      return { index: BigInt(indices!.data[at]!), distance: distances!.data[at]!, className: classNames[labels!.data[at]!] ?? '' };
    }),
  }));
  return { results, modelVersion: version.version };
}
