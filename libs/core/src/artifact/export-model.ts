import { binding, scoped, tf, type Tensor } from '../engine';
import { DataType } from '../generated/tensorflow/core/framework/types';
import { constantNode, identityNode, placeholderNode, type Endpoint, type GraphNode } from '../graph/node';
import { graphType, record } from '../graph/recorder';
import { encodeSavedModel, type Port, type Signature } from '../graph/saved-model';
import { unifyBatch } from '../graph/unify';
import type { NamedVariable } from '../layers/layer';
import { toHost } from '../tensor/convert';
import { toBytes } from '../tensor/host-tensor';
import type { TensorSignature } from './manifest';

/** Two sizes that no product of usual layer sizes mistakes for one another; 1 is avoided, as it broadcasts. */
const BATCHES: [number, number] = [2, 3];

export interface ExportableModel {
  /** dtype and shape of one example of each input; in the exported model a batch dimension of any size comes first. */
  inputs: Record<string, { dtype: 'float32' | 'int32' | 'bool'; shape: number[] }>;
  weights: readonly NamedVariable[];
  /** A pure function. Each output has the batch first, or no dimension that depends on it. */
  compute(inputs: Record<string, Tensor>): Record<string, Tensor>;
}

export interface ExportedModel {
  /** Of a `saved_model.pb`, weights inside, which plain TensorFlow loads. */
  bytes: Uint8Array;
  /** Of its `serving_default`. */
  inputs: Record<string, TensorSignature>;
  outputs: Record<string, TensorSignature>;
}

/**
 * Records a model at two batch sizes and unifies these to any.
 *
 * @throws CoreError UNIMPLEMENTED naming the operation that can't be recorded, or whose graph depends on the batch size.
 */
export function exportModel(model: ExportableModel): ExportedModel {
  const [first, second] = BATCHES.map((batch) => recordAt(model, batch)) as [Recorded, Recorded];
  const batched = Object.entries(model.inputs)[0] as [string, ExportableModel['inputs'][string]];
  const nodes = unifyBatch(first.nodes, second.nodes, BATCHES, { endpoint: `${batched[0]}:0`, dtype: graphType(batched[1].dtype) });
  const inputs = mapValues(model.inputs, ({ dtype, shape }): TensorSignature => ({ dtype, shape: [-1, ...shape] }));
  const outputs = mapValues(first.outputs, ({ dtype, shape }, name): TensorSignature => ({ dtype, shape: shape.map((size, axis) => (size === second.outputs[name]?.shape[axis] ? size : -1)) }));
  const weights = model.weights.map(({ name, variable }) => {
    const host = toHost(variable);
    return constantNode(weightNode(name), { dtype: graphType(variable.dtype), shape: host.shape, bytes: toBytes(host) });
  });
  const graph: GraphNode[] = [
    ...Object.entries(inputs).map(([name, { dtype, shape }]) => placeholderNode(name, DTYPES[dtype], shape)),
    ...weights,
    ...nodes,
    ...Object.entries(first.outputs).map(([name, { endpoint, dtype }]) => identityNode(name, endpoint, DTYPES[dtype])),
  ];
  const port = ({ dtype, shape }: TensorSignature, name: string): Port => ({ endpoint: `${name}:0`, dtype: DTYPES[dtype], shape });
  const signature: Signature = { inputs: mapValues(inputs, port), outputs: mapValues(outputs, port) };
  return { bytes: encodeSavedModel(graph, signature, binding().TF_Version), inputs, outputs };
}

const DTYPES: Readonly<Record<TensorSignature['dtype'], DataType>> = { float32: DataType.DT_FLOAT, int32: DataType.DT_INT32, bool: DataType.DT_BOOL };

interface Recorded {
  nodes: GraphNode[];
  outputs: Record<string, { endpoint: Endpoint; dtype: TensorSignature['dtype']; shape: number[] }>;
}

function recordAt({ inputs, weights, compute }: ExportableModel, batch: number): Recorded {
  return scoped(() => {
    const examples = mapValues(inputs, ({ dtype, shape }) => tf().zeros([batch, ...shape], dtype));
    const given = [
      ...Object.entries(examples).map(([name, tensor]) => ({ tensor, endpoint: `${name}:0` })),
      ...weights.map(({ name, variable }) => ({ tensor: variable, endpoint: `${weightNode(name)}:0` })),
    ];
    const { nodes, result } = record(given, (endpointOf) =>
      mapValues(compute(examples), (tensor) => ({ endpoint: endpointOf(tensor), dtype: tensor.dtype as TensorSignature['dtype'], shape: tensor.shape })),
    );
    return { nodes, outputs: result };
  });
}

const weightNode = (name: string): string => `weights/${name}`;

function mapValues<A, B>(record: Record<string, A>, of: (value: A, name: string) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, of(value, key)]));
}
