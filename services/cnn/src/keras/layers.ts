import { corrupt, type Refusals } from './problems';

export type Config = Record<string, unknown>;

/** A layer of a Keras model. */
export interface KerasLayer {
  name: string;
  className: string;
  config: Config;
  /** Under what it was registered, if it is no class of Keras: `Package>Name`. */
  registered: string | undefined;
  /** The model within the model that it is part of; undefined: the model itself. */
  within: KerasLayer | undefined;
  /** What its weights' group is called in a .keras file that doesn't say so: `conv2d_1`. */
  storedAs: string;
}

const MODELS = ['Sequential', 'Functional', 'Model'];
const MAX_LAYERS = 1000;
const MAX_DEPTH = 8;

/**
 * The layers of a model, one after the other, those of models within it in their place.
 * @param file Its name, for messages.
 * @throws QuartetError CORRUPT_DATA where it isn't a model's config
 */
export function layersOf(model: unknown, file: string, refusals: Refusals): KerasLayer[] {
  const root = layerFrom(model, file, undefined, 'model', new Map());
  if (!MODELS.includes(root.className)) {
    refusals.add(root, '', 'is a model of a class of its own', 'Save a Sequential or functional model: of a subclass nothing but code says what it computes');
    return [];
  }
  return chainOf(root, undefined, file, refusals, 0);
}

function chainOf(model: KerasLayer, within: KerasLayer | undefined, file: string, refusals: Refusals, depth: number): KerasLayer[] {
  const listed = model.config.layers;
  if (!Array.isArray(listed) || listed.length > MAX_LAYERS || depth > MAX_DEPTH) {
    throw corrupt(file, `a model '${model.name}' with no list of layers, or too many`, `at most ${MAX_LAYERS} layers, and ${MAX_DEPTH} models within each other`, 'Save the model again');
  }
  const counts = new Map<string, number>();
  const layers = listed.map((layer) => layerFrom(layer, file, within, undefined, counts));
  const ordered = model.className === 'Sequential' ? layers : inOrder(model, layers, listed, refusals);
  return ordered.flatMap((layer) => (MODELS.includes(layer.className) ? chainOf(layer, layer, file, refusals, depth + 1) : [layer]));
}

function layerFrom(value: unknown, file: string, within: KerasLayer | undefined, name: string | undefined, counts: Map<string, number>): KerasLayer {
  const { class_name: className, config: given, name: outer, registered_name: registered } = isObject(value) ? value : {};
  // Keras 2.0 wrote a bare list of layers for a Sequential.
  const config = Array.isArray(given) ? { layers: given } : given;
  if (typeof className !== 'string' || !isObject(config)) throw corrupt(file, 'a config with no class_name and config', 'the config of a Keras model', 'Save the model again with model.save("model.keras")');
  const stem = snake(className);
  const count = counts.get(stem) ?? 0;
  counts.set(stem, count + 1);
  const own = typeof config.name === 'string' ? config.name : typeof outer === 'string' ? outer : (name ?? stem);
  return { name: own.slice(0, 200), className: className.slice(0, 200), config, registered: typeof registered === 'string' ? registered.slice(0, 200) : undefined, within, storedAs: count === 0 ? stem : `${stem}_${count}` };
}

/** Keras' to_snake_case: `Conv2D` -> `conv2d`, `ReLU` -> `re_lu`. */
const snake = (name: string): string => name.replace(/\W+/g, '').replace(/(.)([A-Z][a-z]+)/g, '$1_$2').replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();

/** The layers of a functional model from its input to its output, if there is one way through. */
function inOrder(model: KerasLayer, layers: KerasLayer[], listed: unknown[], refusals: Refusals): KerasLayer[] {
  const inputs = ends(model.config.input_layers);
  const outputs = ends(model.config.output_layers);
  if (inputs.length !== 1) refusals.add(model, 'input_layers', `are ${inputs.length}`, 'Save a model with one input, the images');
  if (outputs.length !== 1) refusals.add(model, 'output_layers', `are ${outputs.length}`, 'Save a model with one output, the classes');
  const before = new Map(layers.map((layer, index) => [layer.name, sourcesOf((listed[index] as Config).inbound_nodes)]));
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const ordered: KerasLayer[] = [];
  for (let layer = byName.get(outputs[0] ?? ''); layer; ) {
    ordered.unshift(layer);
    const sources = before.get(layer.name) ?? [];
    if (layer.name === inputs[0]) break;
    if (sources.length !== 1 || ordered.length > layers.length) {
      refusals.add(layer, 'inbound_nodes', `come from ${sources.length} layers`, 'Save a model whose layers follow one after the other, without branches');
      return [];
    }
    layer = byName.get(sources[0]!);
  }
  for (const layer of layers) if (!ordered.includes(layer)) refusals.add(layer, '', "is not on the way from the input to the output", 'Save a model whose layers follow one after the other, without branches');
  return ordered;
}

/** `["a", 0, 0]` or `[["a", 0, 0], ...]`. */
function ends(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  if (typeof value[0] === 'string') return [value[0]];
  return value.flatMap((end) => (Array.isArray(end) && typeof end[0] === 'string' ? [end[0]] : []));
}

/** Names of the layers whose outputs a layer takes, in Keras 3's form and in Keras 2's. */
function sourcesOf(nodes: unknown): string[] {
  const found: string[] = [];
  const visit = (value: unknown, depth: number): void => {
    if (depth > MAX_DEPTH) return;
    if (Array.isArray(value)) {
      if (typeof value[0] === 'string' && typeof value[1] === 'number' && typeof value[2] === 'number') found.push(value[0]);
      else for (const part of value) visit(part, depth + 1);
    } else if (isObject(value)) {
      if (value.class_name === '__keras_tensor__' && isObject(value.config)) visit(value.config.keras_history, depth + 1);
      else visit(value.args, depth + 1);
    }
  };
  visit(nodes, 0);
  return found;
}

export const isObject = (value: unknown): value is Config => typeof value === 'object' && value !== null && !Array.isArray(value);
