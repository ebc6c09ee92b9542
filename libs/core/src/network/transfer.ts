import { CoreError } from '../errors';
import { formatShape, type HostTensor } from '../tensor/host-tensor';
import type { Network } from './network';
import { planNetwork, type PlannedLayer, type ResolvedLayer } from './plan';
import type { NetworkSpec } from './spec';

/** Which weights a network takes over from another one. */
export interface TransferPlan {
  /** Layers of the network, by the layer of the source whose weights they take. */
  layers: { from: number; to: number }[];
  /** Whether the classifying layer takes its weights as well. */
  head: boolean;
}

/** A network whose weights another one starts from. */
export interface TransferSource {
  spec: NetworkSpec;
  /** Name of each class, by index. */
  classNames: readonly string[];
}

/**
 * Matches the layers of a network with those of another one, from the first on: the network must have all of the source's layers, in their
 * order and with their settings; it may have more after them, and drop other shares or at other places. The head is taken over when it is
 * of the same kind and its outputs are the same, by name and order, and nothing stands between.
 *
 * @throws CoreError SHAPE_MISMATCH with a violation for the first layer that differs: `spec.layers[2]`.
 */
export function planTransfer(target: TransferSource, source: TransferSource): TransferPlan {
  const ours = layersOf(target.spec);
  const theirs = layersOf(source.spec);
  const layers = theirs.map((their, place) => {
    const our = ours[place];
    const difference = our ? differenceOf(our, their) : `received no more layers, expected ${describe(their.layer)} as layer ${place + 1} that isn't dropout`;
    if (difference) throw CoreError.invalid(`spec.layers[${our?.index ?? target.spec.layers.length}]`, difference, 'SHAPE_MISMATCH');
    return { from: their.index, to: our!.index };
  });
  const sameClasses = target.classNames.length === source.classNames.length && target.classNames.every((name, index) => name === source.classNames[index]);
  const head = sameClasses && sameHead(target.spec, source.spec) && ours.length === theirs.length && planNetwork(target.spec).embeddingSize === planNetwork(source.spec).embeddingSize;
  return { layers, head };
}

/** Of numbers, those that are scaled alike. */
const sameHead = (a: NetworkSpec, b: NetworkSpec): boolean => (a.head ?? 'classes') === (b.head ?? 'classes') && JSON.stringify(a.targets) === JSON.stringify(b.targets);

type Placed = PlannedLayer & { index: number; inputShape: number[] };

/** All layers but dropout, which has no weights and changes no shape. */
function layersOf(spec: NetworkSpec): Placed[] {
  const { layers } = planNetwork(spec);
  const placed = layers.map((layer, index) => ({ ...layer, index, inputShape: layers[index - 1]?.outputShape ?? spec.inputShape }));
  return placed.filter(({ layer }) => layer.kind !== 'dropout');
}

function differenceOf(our: Placed, their: Placed): string | undefined {
  const [received, expected] = [describe(our.layer), describe(their.layer)];
  if (received !== expected) return `received ${received}, expected ${expected}, as layer ${their.index} of the version that the training starts from is`;
  if (our.parameters === their.parameters) return undefined;
  const sees = ({ inputShape }: Placed): string => formatShape(inputShape);
  return `${our.layer.kind} sees ${sees(our)} for an example and has ${our.parameters} weights; in the version that the training starts from it sees ${sees(their)} and has ${their.parameters}`;
}

/** `conv2d (filters 8, kernelSize 3, ...)`. */
function describe({ kind, ...settings }: ResolvedLayer): string {
  const named = Object.entries(settings).filter(([, value]) => value !== undefined).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name} ${String(value)}`);
  return named.length === 0 ? kind : `${kind} (${named.join(', ')})`;
}

/**
 * Sets the weights that a plan names, by those of its source; the others stay.
 *
 * @param values The source's weights, by name.
 * @throws CoreError CORRUPT_DATA, before anything is set, when one is missing or has another shape.
 */
export function transferWeights(network: Network, plan: TransferPlan, values: ReadonlyMap<string, HostTensor>): void {
  const scopes = new Map(plan.layers.map(({ from, to }) => [`layers.${to}.`, `layers.${from}.`]));
  if (plan.head) scopes.set('logits.', 'logits.');
  const taken = network.exportWeights();
  for (const [name, own] of taken) {
    const scope = /^(?:layers\.\d+|logits)\./.exec(name)?.[0] ?? '';
    const from = scopes.get(scope);
    if (from === undefined) continue;
    const source = from + name.slice(scope.length);
    const value = values.get(source);
    if (!value || value.dtype !== own.dtype || formatShape(value.shape) !== formatShape(own.shape)) {
      throw new CoreError('CORRUPT_DATA', `weight ${source} of the source: received ${value ? formatShape(value.shape) : 'nothing'}, expected ${formatShape(own.shape)}`);
    }
    taken.set(name, value);
  }
  network.importWeights(taken);
}
