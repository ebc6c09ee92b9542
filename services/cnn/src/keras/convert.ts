import type { cnn } from '@quartet/contracts';
import { QuartetError } from '@quartet/contracts';
import { planNetwork, validateNetworkSpec, type HostTensor, type NetworkPlan, type NetworkSpec } from '@quartet/core';
import { Attributes, show } from './attributes';
import { readHead, type Head } from './head';
import { InputScale } from './input-scale';
import { layersOf, type KerasLayer } from './layers';
import type { OpenModel } from './open-model';
import { corrupt, Refusals } from './problems';
import { readWeights, type ReadLayer } from './read-weights';
import { translateLayer } from './translate-layer';

export interface Converted {
  spec: NetworkSpec;
  /** All of the network's weights, by name. */
  weights: Map<string, HostTensor>;
  pixels: cnn.PixelRange;
  /** What was left out, as it changes no answer. */
  notes: string[];
}

/**
 * A Keras model as a network of Quartet's with the same answers.
 * @param name Of the file, for messages. @param pixels As the request has it.
 * @throws QuartetError INVALID_FIELD with a violation for each thing that Quartet hasn't: `layers.conv2d_3.dilation_rate`; CORRUPT_DATA; LIMIT_EXCEEDED
 */
export function convert(model: OpenModel, name: string, pixels: cnn.PixelRange): Converted {
  const refusals = new Refusals();
  const all = layersOf(model.config, name, refusals);
  refusals.throwIfAny();
  if (all.some(({ within }) => within) && !model.weights.nests) {
    throw corrupt(name, 'a model within a model in an .h5 file', 'layers alone', 'Save it with model.save("model.keras")');
  }
  const notes: string[] = [];
  const { shape, rest } = inputOf(all, model.config, refusals);
  refusals.throwIfAny();
  const scale = new InputScale(shape[2], pixels);
  const [first, ...more] = afterScaling(rest, scale, model, refusals);
  const head = readHead(first ? [first, ...more] : [], name, refusals);
  const layers = head.hidden.flatMap((layer) => translated(new Attributes(layer, refusals), notes));
  const { pixels: range, normalization } = scale.finish(new Attributes(first ?? head.layer, refusals));
  refusals.throwIfAny();
  // A network has one layer at least; flattening what is flat changes nothing.
  if (layers.length === 0) layers.push({ source: head.layer, spec: { kind: 'flatten' } });
  const spec: NetworkSpec = { inputShape: [...shape], ...(normalization && { normalization }), layers: layers.map((layer) => layer.spec), classes: head.classes };
  const plan = checkedPlan(spec, layers, head, refusals);
  return { spec, weights: readWeights({ spec, plan, layers, head, stored: model.weights, file: name }), pixels: range, notes };
}

/** [height, width, channels] of the images, and the layers after the input. */
function inputOf(all: readonly KerasLayer[], config: unknown, refusals: Refusals): { shape: [number, number, number]; rest: KerasLayer[] } {
  const rest = all.filter(({ className }) => className !== 'InputLayer');
  const first = all[0];
  const built = (config as { config?: { build_input_shape?: unknown }; build_config?: { input_shape?: unknown } }) ?? {};
  const given = first?.config.batch_shape ?? first?.config.batch_input_shape ?? built.config?.build_input_shape ?? built.build_config?.input_shape;
  const [, ...shape] = Array.isArray(given) ? (given as unknown[]) : [];
  const fits = shape.length === 3 && shape.every((size) => Number.isInteger(size) && (size as number) >= 1);
  if (!fits) refusals.add(first ?? { name: 'model', className: 'Model' }, 'batch_shape', `is ${show(given ?? null)}`, 'Build the model on images of one size: keras.Input((height, width, channels))');
  return { shape: fits ? (shape as [number, number, number]) : [1, 1, 1], rest };
}

/** Takes what scales the pixels off the front. */
function afterScaling(layers: readonly KerasLayer[], scale: InputScale, model: OpenModel, refusals: Refusals): KerasLayer[] {
  const at = layers.findIndex(({ className }) => className !== 'Rescaling' && className !== 'Normalization');
  const rest = at < 0 ? [] : layers.slice(at);
  for (const layer of layers.slice(0, layers.length - rest.length)) {
    const attributes = new Attributes(layer, refusals);
    if (layer.className === 'Rescaling') scale.rescale(attributes);
    else scale.normalize(attributes, model.weights.of(layer));
  }
  for (const layer of rest) {
    if (layer.className === 'Rescaling' || layer.className === 'Normalization') refusals.add(layer, '', 'comes after other layers', 'Put it first, or use BatchNormalization');
  }
  return rest.filter(({ className }) => className !== 'Rescaling' && className !== 'Normalization');
}

function translated(at: Attributes, notes: string[]): ReadLayer[] {
  const result = translateLayer(at);
  if (!result) return [];
  if ('spec' in result) return [{ source: at.layer, spec: result.spec }];
  notes.push(`${at.layer.className} '${at.layer.name}' is left out: ${result.leftOut}`);
  return [];
}

/** What core says of a layer is said of the Keras layer that it comes from. */
function checkedPlan(spec: NetworkSpec, layers: readonly ReadLayer[], head: Head, refusals: Refusals): NetworkPlan {
  try {
    validateNetworkSpec(spec);
    const plan = planNetwork(spec);
    const shape = plan.layers.at(-1)!.outputShape;
    if (shape.length > 1) refusals.add(head.layer, '', `sees ${show(shape)} for an example`, 'Put Flatten or GlobalAveragePooling2D before it');
    refusals.throwIfAny();
    return plan;
  } catch (error) {
    if (!QuartetError.is(error) || (error.reason !== 'INVALID_FIELD' && error.reason !== 'LIMIT_EXCEEDED') || refusals.list.length > 0) throw error;
    for (const { field, description } of error.violations) {
      const index = /^spec\.layers\[(\d+)\]/.exec(field)?.[1];
      refusals.add(index === undefined ? head.layer : layers[Number(index)]!.source, '', `can't be taken over: ${description}`, 'Change the model and train it again');
    }
    refusals.throwIfAny();
    throw error;
  }
}

