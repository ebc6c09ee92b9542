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

/** What a model can be asked for: its forward pass, its encoder, one step of its decoder. */
export interface ModelFunction {
  /** dtype and shape of one example of each input; in the exported model a batch dimension of any size comes first. */
  inputs: Record<string, { dtype: 'float32' | 'int32' | 'bool'; shape: number[] }>;
  /** A pure function. Each output has the batch first, or no dimension that depends on it. */
  compute(inputs: Record<string, Tensor>): Record<string, Tensor>;
}

export interface ExportableModel {
  /** Shared by all functions. */
  weights: readonly NamedVariable[];
  /** By name of their signature; the one that plain clients call is `serving_default`. */
  functions: Record<string, ModelFunction>;
}

export interface FunctionSignature {
  inputs: Record<string, TensorSignature>;
  outputs: Record<string, TensorSignature>;
}

export interface ExportedModel {
  /** Of a `saved_model.pb`, weights inside, which plain TensorFlow loads. */
  bytes: Uint8Array;
  signatures: Record<string, FunctionSignature>;
}

/** Name of the signature that plain clients call; its tensors have plain names in the graph. */
export const DEFAULT_SIGNATURE = 'serving_default';
/** The graph's name of a function's input or output. */
export const portName = (signature: string, name: string): string => (signature === DEFAULT_SIGNATURE ? name : `${signature}/${name}`);

/**
 * Records each function at two batch sizes and unifies these to any.
 *
 * @throws CoreError UNIMPLEMENTED naming the operation that can't be recorded, or whose graph depends on the batch size.
 */
export function exportModel({ weights, functions }: ExportableModel): ExportedModel {
  const constants = weights.map(({ name, variable }) => {
    const host = toHost(variable);
    return constantNode(weightNode(name), { dtype: graphType(variable.dtype), shape: host.shape, bytes: toBytes(host) });
  });
  const exported = Object.entries(functions).map(([name, each]) => [name, exportFunction(name, each, weights)] as const);
  const nodes = [...constants, ...exported.flatMap(([, { nodes: own }]) => own)];
  const signatures = Object.fromEntries(exported.map(([name, { signature }]) => [name, signature]));
  const ports = mapValues(signatures, ({ inputs, outputs }, name): Signature => {
    const port = ({ dtype, shape }: TensorSignature, of: string): Port => ({ endpoint: `${portName(name, of)}:0`, dtype: DTYPES[dtype], shape });
    return { inputs: mapValues(inputs, port), outputs: mapValues(outputs, port) };
  });
  return { bytes: encodeSavedModel(nodes, ports, binding().TF_Version), signatures };
}

const DTYPES: Readonly<Record<TensorSignature['dtype'], DataType>> = { float32: DataType.DT_FLOAT, int32: DataType.DT_INT32, bool: DataType.DT_BOOL };

function exportFunction(name: string, model: ModelFunction, weights: readonly NamedVariable[]): { nodes: GraphNode[]; signature: FunctionSignature } {
  const [first, second] = BATCHES.map((batch) => recordAt(name, model, weights, batch)) as [Recorded, Recorded];
  const [batched, { dtype: type }] = Object.entries(model.inputs)[0] as [string, ModelFunction['inputs'][string]];
  const nodes = unifyBatch(first.nodes, second.nodes, BATCHES, { endpoint: `${portName(name, batched)}:0`, dtype: graphType(type) });
  const inputs = mapValues(model.inputs, ({ dtype, shape }): TensorSignature => ({ dtype, shape: [-1, ...shape] }));
  const outputs = mapValues(first.outputs, ({ dtype, shape }, of): TensorSignature => ({ dtype, shape: shape.map((size, axis) => (size === second.outputs[of]?.shape[axis] ? size : -1)) }));
  const placeholders = Object.entries(inputs).map(([of, { dtype, shape }]) => placeholderNode(portName(name, of), DTYPES[dtype], shape));
  const results = Object.entries(first.outputs).map(([of, { endpoint, dtype }]) => identityNode(portName(name, of), endpoint, DTYPES[dtype]));
  return { nodes: [...placeholders, ...nodes, ...results], signature: { inputs, outputs } };
}

interface Recorded {
  nodes: GraphNode[];
  outputs: Record<string, { endpoint: Endpoint; dtype: TensorSignature['dtype']; shape: number[] }>;
}

function recordAt(name: string, { inputs, compute }: ModelFunction, weights: readonly NamedVariable[], batch: number): Recorded {
  return scoped(() => {
    const examples = mapValues(inputs, ({ dtype, shape }) => tf().zeros([batch, ...shape], dtype));
    const given = [
      ...Object.entries(examples).map(([of, tensor]) => ({ tensor, endpoint: `${portName(name, of)}:0` })),
      ...weights.map(({ name: of, variable }) => ({ tensor: variable, endpoint: `${weightNode(of)}:0` })),
    ];
    const work = (endpointOf: (tensor: Tensor) => Endpoint) =>
      mapValues(compute(examples), (tensor) => ({ endpoint: endpointOf(tensor), dtype: tensor.dtype as TensorSignature['dtype'], shape: tensor.shape }));
    // What two shapes share at one batch size, they need not at another.
    const { nodes, result } = record(given, work, name === DEFAULT_SIGNATURE ? 'graph' : `${name}/graph`, 'scalars');
    return { nodes, outputs: result };
  });
}

const weightNode = (name: string): string => `weights/${name}`;

function mapValues<A, B>(record: Record<string, A>, of: (value: A, name: string) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, of(value, key)]));
}
