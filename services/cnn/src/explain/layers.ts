import { QuartetError, type cnn, type Version } from '@quartet/contracts';
import type { LayerInfo } from '@quartet/core';
import type { CallScope, FamilyRuntime } from '@quartet/service-kit';

const known = new WeakMap<Version, readonly LayerInfo[]>();

/** A version's layers, in the order in which they run. */
export async function layersOf(runtime: FamilyRuntime, version: Version, call: CallScope): Promise<readonly LayerInfo[]> {
  const before = known.get(version);
  if (before) return before;
  const { json } = await runtime.infer(version, 'layers', asked(), call);
  const layers = JSON.parse(Buffer.from(json!.data as Uint8Array).toString()) as LayerInfo[];
  known.set(version, layers);
  return layers;
}

/** The input of a method that takes none. */
export const asked = () => ({ asked: { dtype: 'int32' as const, shape: [1], data: new Int32Array(1) } });

/** @throws QuartetError INVALID_FIELD naming the layers that there are. */
export function layerNamed(layers: readonly LayerInfo[], name: string, field: string): LayerInfo {
  const found = layers.find((layer) => layer.name === name);
  if (found) return found;
  throw QuartetError.invalid(field, `is '${name}'; the network has ${layers.map((layer) => layer.name).join(', ')}`);
}

/** More than one place, each with channels. */
export const isSpatial = ({ shape }: LayerInfo): boolean => shape.length === 3 && shape[0]! * shape[1]! > 1;

/**
 * The layer with spatial extent that a request names, or else the last one.
 * @throws QuartetError INVALID_FIELD naming those that have it; WRONG_STATE for a network without
 */
export function spatialLayer(layers: readonly LayerInfo[], name: string, field: string): LayerInfo {
  const spatial = layers.filter(isSpatial);
  const last = spatial.at(-1);
  if (!last) throw new QuartetError('WRONG_STATE', 'no layer of the network has spatial extent, so there is no map of one; explain by occlusion');
  if (name === '') return last;
  const named = layerNamed(layers, name, field);
  if (isSpatial(named)) return named;
  throw QuartetError.invalid(field, `is '${name}', which gives [${named.shape.join(', ')}] for an image, without spatial extent; name one of ${spatial.map((layer) => layer.name).join(', ')}`);
}

/** The classifying layer, whose units are the classes. */
export const LOGITS = 'logits';

const MOST_UNITS = 16;

/** The units of a layer that a request names, or else the first ones. @throws QuartetError INVALID_FIELD */
export function unitsOf({ name, shape }: LayerInfo, wanted: readonly number[], field: string): number[] {
  const count = shape.at(-1) ?? 0;
  if (wanted.length > MOST_UNITS) throw QuartetError.invalid(field, `are ${wanted.length}; ask for at most ${MOST_UNITS}`);
  const at = wanted.findIndex((unit) => unit >= count);
  if (at >= 0) throw QuartetError.invalid(`${field}[${at}]`, `is ${wanted[at]}; ${name} has units 0 to ${count - 1}`);
  return wanted.length > 0 ? [...wanted] : Array.from({ length: Math.min(MOST_UNITS, count) }, (_, unit) => unit);
}

/** As the contract has it. */
export const inspected = (layer: LayerInfo): cnn.InspectedLayer => ({ name: layer.name, kind: kindOf(layer), shape: layer.shape.map(BigInt) });

/** `max_pool2d`, as in a spec. */
export const kindOf = ({ kind }: LayerInfo): string => kind.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
