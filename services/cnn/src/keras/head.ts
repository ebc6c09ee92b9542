import { Attributes, show } from './attributes';
import type { KerasLayer } from './layers';
import { corrupt, type Refusals } from './problems';

/** The layer that classifies: a Dense whose outputs are logits, a softmax after it or not. */
export interface Head {
  layer: KerasLayer;
  /** Layers before it. */
  hidden: KerasLayer[];
  classes: number;
  /** It has one output, a sigmoid's: the second of two classes. */
  binary: boolean;
  bias: boolean;
}

/** Finds the classifying layer at the end of a model. @param file Its name, for messages. */
export function readHead(layers: readonly KerasLayer[], file: string, refusals: Refusals): Head {
  const last = layers.at(-1);
  if (!last) throw corrupt(file, 'a model with no layer but its input', 'a classifier that ends with Dense', 'Save the whole model');
  const after = activationOf(new Attributes(last, refusals));
  const layer = after === undefined ? last : layers.at(-2);
  const hidden = layers.slice(0, after === undefined ? -1 : -2);
  const nothing: Head = { layer: last, hidden: [...layers.slice(0, -1)], classes: 2, binary: false, bias: true };
  if (layer?.className !== 'Dense') {
    refusals.add(last, '', 'is the last layer', 'A classifier ends with Dense, one unit a class, with softmax or without an activation');
    return nothing;
  }
  const at = new Attributes(layer, refusals);
  const own = at.activation();
  const activation = after === undefined ? own : after;
  if (after !== undefined && own !== 'linear') refusals.add(layer, 'activation', `is ${show(own)}, before ${show(after)}`, 'Use one of them');
  const units = at.number('units', 0);
  const binary = activation === 'sigmoid' && units === 1;
  if (activation === 'sigmoid' && !binary) refusals.add(layer, 'activation', 'is "sigmoid" for several units', 'An imported classifier chooses one of its classes: use softmax');
  else if (!['softmax', 'linear', 'sigmoid'].includes(activation)) refusals.add(layer, 'activation', `is ${show(activation)}`, 'Use softmax, or none');
  else if (!binary && units < 2) refusals.add(layer, 'units', `is ${units}`, 'Use a unit a class, 2 or more, or one unit with sigmoid for two classes');
  return { layer, hidden: [...hidden], classes: binary ? 2 : units, binary, bias: at.boolean('use_bias', true) };
}

/** What a layer of an activation alone does at the end; undefined: it is another one. */
function activationOf(at: Attributes): string | undefined {
  if (at.layer.className === 'Activation') return at.activation();
  if (at.layer.className !== 'Softmax') return undefined;
  at.only('axis', [-1, 1], 'Use axis -1');
  return 'softmax';
}
