import { autoencoder, QuartetError } from '@quartet/contracts';
import { Violations, type CallScope, type FamilyRuntime } from '@quartet/service-kit';
import { readExamples } from '../data/read-examples';
import { manifestOf } from '../model-info';

const { SearchMethod } = autoencoder;

/** Neighbours that the engine looks for, whatever a request wants: requests then share their batches. */
export const MOST_NEIGHBORS = 100;
/** From so many examples on, the graph answers unless the request says otherwise. */
const MANY = 10_000;

/** The training examples whose latents are nearest to those of the given ones. */
export async function neighbors(runtime: FamilyRuntime, request: autoencoder.NeighborsRequest, call: CallScope): Promise<autoencoder.NeighborsResponse> {
  const count = request.count || 5;
  const violations = new Violations();
  violations.integer('count', count, 1, MOST_NEIGHBORS);
  if (!(request.method in SearchMethod)) violations.add('method', `is ${request.method}; it takes SEARCH_METHOD_EXACT or SEARCH_METHOD_GRAPH`);
  violations.throwIfAny();
  const version = await runtime.resolve(request.model, call);
  const manifest = manifestOf(version);
  const { graph, indexed } = manifest.extra;
  const method = request.method || (graph && indexed > MANY ? SearchMethod.SEARCH_METHOD_GRAPH : SearchMethod.SEARCH_METHOD_EXACT);
  if (method === SearchMethod.SEARCH_METHOD_GRAPH && !graph) {
    throw new QuartetError('WRONG_STATE', `${version.model} version ${version.version} has no graph, as it was trained on ${indexed} examples only; ask for SEARCH_METHOD_EXACT`);
  }
  const examples = await readExamples(runtime, manifest, request.input);
  const { indices, distances, labels } = await runtime.infer(version, method === SearchMethod.SEARCH_METHOD_GRAPH ? 'nearGraph' : 'nearExact', { examples }, call);
  const [batch = 0, found = 0] = indices!.shape;
  const results = Array.from({ length: batch }, (_, row) => ({
    neighbors: Array.from({ length: Math.min(count, found) }, (_, rank) => {
      const at = row * found + rank;
      return { index: BigInt(indices!.data[at]!), distance: distances!.data[at]!, className: manifest.classNames[labels!.data[at]!] ?? '' };
    }),
  }));
  return { results, modelVersion: version.version, method };
}
