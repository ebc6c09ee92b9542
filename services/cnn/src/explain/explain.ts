import { cnn, QuartetError, type Version } from '@quartet/contracts';
import type { HostTensor } from '@quartet/core';
import { toProtoTensor, type CallScope, type FamilyRuntime } from '@quartet/service-kit';
import { manifestOf } from '../model-info';
import { layersOf, spatialLayer } from './layers';
import { occlude } from './occlude';
import { explanationPicture } from './pictures/explanation';
import { answersTo } from './evidence';
import { indexOfLargest } from './index-of-largest';
import { checkPixels, readOne } from './read-one';

const { EXPLAIN_METHOD_UNSPECIFIED, EXPLAIN_METHOD_GRAD_CAM, EXPLAIN_METHOD_OCCLUSION } = cnn.ExplainMethod;

/** Where in an image the evidence for a class or label is, or what raises a number. */
export async function explain(runtime: FamilyRuntime, request: cnn.ExplainRequest, call: CallScope): Promise<cnn.ExplainResponse> {
  const method = request.method === EXPLAIN_METHOD_UNSPECIFIED ? EXPLAIN_METHOD_GRAD_CAM : request.method;
  checkMethod(method, request);
  const version = await runtime.resolve(request.model, call);
  const { spec, classNames } = manifestOf(version);
  const [height = 0, width = 0] = spec.inputShape;
  checkPixels(spec.inputShape);
  const image = await readOne(request.image, 'image', spec.inputShape);
  const asked = targetOf(request, version);
  const whole = await answersTo(runtime, version, one(image, spec.inputShape), call);
  const target = asked ?? whole.likeliest(0) ?? 0;
  const classOf = (index: number): cnn.ExplainedClass => ({ index, name: classNames[index] ?? `${index}`, probability: whole.probability(0, index) ?? 0, value: whole.value(0, index) });
  const [explained, predicted] = [classOf(target), classOf(whole.likeliest(0) ?? target)];

  const found =
    method === EXPLAIN_METHOD_OCCLUSION
      ? { layer: '', ...(await occlude(runtime, version, { image, options: request.occlusion, target, whole }, call)) }
      : { occlusion: undefined, ...(await cam(runtime, version, { image, layer: request.layer, target }, call)) };
  const peak = indexOfLargest(found.map);
  const shown = { image, shape: spec.inputShape, map: found.map, explained, predicted, layer: found.layer, occlusion: found.occlusion };
  return {
    modelVersion: version.version,
    explained,
    predicted,
    map: toProtoTensor({ dtype: 'float32', shape: [height, width], data: found.map }),
    picture: request.omitPicture ? Buffer.alloc(0) : await explanationPicture(shown),
    layer: found.layer,
    peakRow: Math.floor(peak / width),
    peakColumn: peak % width,
    halfArea: halfArea(found.map),
    occlusion: found.occlusion,
  };
}

function checkMethod(method: cnn.ExplainMethod, { layer, occlusion }: cnn.ExplainRequest): void {
  if (method !== EXPLAIN_METHOD_GRAD_CAM && method !== EXPLAIN_METHOD_OCCLUSION) {
    throw QuartetError.invalid('method', `received ${method}, expected EXPLAIN_METHOD_GRAD_CAM or EXPLAIN_METHOD_OCCLUSION`);
  }
  if (method === EXPLAIN_METHOD_OCCLUSION && layer !== '') throw QuartetError.invalid('layer', `is '${layer}', but occlusion looks at no layer; leave it empty, or explain by EXPLAIN_METHOD_GRAD_CAM`);
  if (method === EXPLAIN_METHOD_GRAD_CAM && occlusion) throw QuartetError.invalid('occlusion', 'is set, but Grad-CAM hides nothing; leave it out, or explain by EXPLAIN_METHOD_OCCLUSION');
}

/** The class, label or number that a request names; undefined: the likeliest, or the first number. */
function targetOf({ target }: cnn.ExplainRequest, version: Version): number | undefined {
  if (!target) return undefined;
  const { spec, classNames } = manifestOf(version);
  if (target.$case === 'classIndex') {
    if (target.value < spec.classes) return target.value;
    throw QuartetError.invalid('class_index', `is ${target.value}; the model has ${spec.head ?? 'classes'} 0 to ${spec.classes - 1}`);
  }
  const index = classNames.indexOf(target.value);
  if (index >= 0) return index;
  throw QuartetError.invalid('class_name', `is '${target.value}'; the model has ${classNames.map((name) => `'${name}'`).join(', ')}`);
}

async function cam(runtime: FamilyRuntime, version: Version, { image, layer: wanted, target }: { image: Float32Array; layer: string; target: number }, call: CallScope): Promise<{ map: Float32Array; layer: string }> {
  const { name } = spatialLayer(await layersOf(runtime, version, call), wanted, 'layer');
  const inputs = { images: one(image, manifestOf(version).spec.inputShape), classes: { dtype: 'int32' as const, shape: [1], data: Int32Array.of(target) } };
  const { map } = await runtime.infer(version, `gradCam:${name}`, inputs, call);
  // The network's outputs for numbers are in standard deviations.
  const unit = manifestOf(version).spec.targets?.standardDeviation[target] ?? 1;
  return { map: Float32Array.from(map!.data, (value) => value * unit), layer: name };
}

/** An image as a batch, in memory of its own: the engine takes that over. */
const one = (image: Float32Array, shape: readonly number[]): HostTensor => ({ dtype: 'float32', shape: [1, ...shape], data: image.slice() });

/** Share of the pixels that hold half of what is above 0. */
export function halfArea(map: Float32Array): number {
  const above = map.filter((value) => value > 0).sort((a, b) => b - a);
  const half = above.reduce((sum, value) => sum + value, 0) / 2;
  let [sum, count] = [0, 0];
  while (count < above.length && sum < half) sum += above[count++]!;
  return count / map.length;
}
