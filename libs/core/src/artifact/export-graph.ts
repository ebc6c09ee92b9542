import { binding, scoped, tf } from '../engine';
import { CoreError } from '../errors';
import { DataType } from '../generated/tensorflow/core/framework/types';
import { constantNode, identityNode, placeholderNode, type Endpoint, type GraphNode } from '../graph/node';
import { record } from '../graph/recorder';
import { encodeSavedModel, type Port, type Signature } from '../graph/saved-model';
import { unifyBatch } from '../graph/unify';
import type { Network } from '../network/network';
import { toBytes } from '../tensor/host-tensor';
import { toHost } from '../tensor/convert';
import { INPUT, OUTPUTS, type OutputName } from './signature';

/** Two sizes that no product of usual layer sizes mistakes for one another; 1 is avoided, as it broadcasts. */
const BATCHES: [number, number] = [2, 3];

/**
 * The network's forward pass as the bytes of a `saved_model.pb`, weights inside: recorded at two batch sizes and unified to
 * any. Signature: see signature.ts.
 */
export function exportGraph(network: Network): Uint8Array {
  const [first, second] = BATCHES.map((batch) => recordForward(network, batch)) as [Forward, Forward];
  const nodes = unifyBatch(first.nodes, second.nodes, BATCHES);
  const weights = network.weights.map(({ name, variable }) => {
    const { shape, data } = toHost(variable);
    return constantNode(weightNode(name), { dtype: DataType.DT_FLOAT, shape, bytes: toBytes({ dtype: 'float32', shape, data }) });
  });
  const input = [-1, ...network.spec.inputShape];
  const outputs = Object.keys(OUTPUTS) as OutputName[];
  const graph: GraphNode[] = [
    placeholderNode(INPUT, DataType.DT_FLOAT, input),
    ...weights,
    ...nodes,
    ...outputs.map((name) => identityNode(name, first.outputs[name], DataType.DT_FLOAT)),
  ];
  const port = (name: string, shape: number[]): Port => ({ endpoint: `${name}:0`, dtype: DataType.DT_FLOAT, shape });
  const signature: Signature = {
    inputs: { [INPUT]: port(INPUT, input) },
    outputs: Object.fromEntries(outputs.map((name) => [name, port(name, [-1, OUTPUTS[name](network)])])),
  };
  return encodeSavedModel(graph, signature, binding().TF_Version);
}

interface Forward {
  nodes: GraphNode[];
  outputs: Record<OutputName, Endpoint>;
}

function recordForward(network: Network, batch: number): Forward {
  return scoped(() => {
    const x = tf().zeros([batch, ...network.spec.inputShape]);
    const given = [
      { tensor: x, endpoint: `${INPUT}:0` },
      ...network.weights.map(({ name, variable }) => ({ tensor: variable, endpoint: `${weightNode(name)}:0` })),
    ];
    const { nodes, result } = record(given, (endpointOf) => {
      const { logits, embedding } = network.forward(x);
      if (logits.rank !== 2 || embedding.rank !== 2) throw new CoreError('INTERNAL', 'logits and embedding must be matrices');
      return { logits: endpointOf(logits), embedding: endpointOf(embedding), probabilities: endpointOf(logits.softmax()) };
    });
    return { nodes, outputs: result };
  });
}

const weightNode = (name: string): string => `weights/${name}`;
