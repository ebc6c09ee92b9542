import type { autoencoder } from '@quartet/contracts';
import { toProtoTensor, type CallScope, type FamilyRuntime } from '@quartet/service-kit';
import { readExamples } from '../data/read-examples';
import { manifestOf } from '../model-info';
import { project as place } from './projection';

/** The latent space in two dimensions: the training examples, and those of the request among them. */
export async function project(runtime: FamilyRuntime, request: autoencoder.ProjectRequest, call: CallScope): Promise<autoencoder.ProjectResponse> {
  const version = await runtime.resolve(request.model, call);
  const manifest = manifestOf(version);
  const { projection } = manifest.extra;
  let projected: autoencoder.ProjectResponse['projected'];
  if (request.input) {
    const examples = await readExamples(runtime, manifest, request.input);
    const { latent } = await runtime.infer(version, 'encode', { examples }, call);
    const [count = 0, size = 0] = latent!.shape;
    const places = Array.from({ length: count }, (_, row) => place(projection, latent!.data.subarray(row * size, (row + 1) * size)));
    projected = toProtoTensor({ dtype: 'float32', shape: [count, 2], data: Float32Array.from(places.flat()) });
  }
  const shown = projection.points.length;
  return {
    points: toProtoTensor({ dtype: 'float32', shape: [shown, 2], data: Float32Array.from(projection.points.flat()) }),
    labels: toProtoTensor({ dtype: 'int32', shape: [shown], data: Int32Array.from(projection.labels) }),
    classNames: manifest.classNames,
    projected,
    explained: projection.explained,
    modelVersion: version.version,
  };
}
