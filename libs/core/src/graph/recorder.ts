import { nodeBackend, type Tensor, type TensorMetadata, type TFJSBinding, type Variable } from '../engine';
import { CoreError } from '../errors';
import type { DataType } from '../generated/tensorflow/core/framework/types';
import { callerLine } from './caller';
import { attributeFrom, constantNode, handleOf, typeAttribute, type Endpoint, type GraphNode } from './node';

/** A tensor that exists before the recording, and the endpoint that stands for it in the graph. */
export interface Given {
  tensor: Tensor;
  endpoint: Endpoint;
}

/** A kernel that changes variables where they are: see in-place.ts. */
export interface InPlaceUpdate {
  op: string;
  /** Names of its node; of the endpoints of the variables that it changes, which are its first inputs; of the other inputs. */
  name: string;
  variables: Endpoint[];
  inputs: Endpoint[];
  attributes: GraphNode['attributes'];
}

export interface Recording<T> {
  /** In the order of execution: each node's inputs come before it. */
  nodes: GraphNode[];
  updates: InPlaceUpdate[];
  result: T;
}

/** The work's view of its own graph, so that it can name its outputs. */
export type EndpointOf = (tensor: Tensor) => Endpoint;

let active: Recorder | undefined;

/** The recording that goes on in this thread, if one does. */
export const activeRecorder = (): Recorder | undefined => active;

/**
 * Runs `work` eagerly and records every operation on the way. All kernels reach TensorFlow through the backend's binding:
 * while `work` runs, a recording one is in its place. What depends on a tensor's values must stay inside TensorFlow:
 * reading one while recording is refused, as is an input that is neither given nor made by `work`.
 *
 * @param prefix Of the names of all nodes.
 * @param shared Which constants of equal values are one node: all small ones, or scalars alone.
 * @throws CoreError UNIMPLEMENTED naming the operation that can't be recorded, and the line of the step that asked for it.
 */
export function record<T>(given: readonly Given[], work: (endpointOf: EndpointOf) => T, prefix = 'graph', shared: 'small' | 'scalars' = 'small'): Recording<T> {
  const backend = nodeBackend();
  const native = backend.binding;
  const recorder = new Recorder(native, given, prefix, shared);
  const writable = backend as { binding: TFJSBinding };
  const outer = active;
  writable.binding = recorder.binding();
  active = recorder;
  try {
    const result = work((tensor) => recorder.endpointOf(tensorId(tensor), 'an output'));
    return { nodes: recorder.nodes, updates: recorder.updates, result };
  } finally {
    writable.binding = native;
    active = outer;
  }
}

/** Attributes that eager execution infers from an input, and a graph must be told: op -> attribute -> input. */
const INFERRED_TYPES: Record<string, Record<string, number>> = { ExpandDims: { T: 0 } };
/** Constants up to this many bytes are kept once for all their uses. */
const SHARED_CONSTANT = 64;

export class Recorder {
  readonly nodes: GraphNode[] = [];
  readonly updates: InPlaceUpdate[] = [];
  private readonly counts = new Map<string, number>();
  private readonly endpoints = new Map<number, Endpoint>();
  private readonly types = new Map<number, DataType>();
  private readonly constants = new Map<string, Endpoint>();

  constructor(
    private readonly native: TFJSBinding,
    given: readonly Given[],
    private readonly prefix: string,
    private readonly shared: 'small' | 'scalars' = 'small',
  ) {
    for (const { tensor, endpoint } of given) {
      const id = tensorId(tensor);
      this.endpoints.set(id, endpoint);
      this.types.set(id, graphType(tensor.dtype, native));
    }
  }

  /** The native binding's own properties are read-only, so this is a copy of all with a few replaced. */
  binding(): TFJSBinding {
    const copy: Record<string, unknown> = {};
    for (const name of Object.getOwnPropertyNames(this.native)) copy[name] = Reflect.get(this.native, name);
    return {
      ...(copy as unknown as TFJSBinding),
      createTensor: (...args) => this.createTensor(...args),
      executeOp: (...args) => this.executeOp(...args),
      deleteTensor: (id) => this.native.deleteTensor(id),
      tensorDataSync: () => {
        throw refusal(`${this.lastOp()}: a tensor was read while recording; keep its values inside TensorFlow`);
      },
      runSavedModel: () => {
        throw refusal(`${this.lastOp()}: a saved model was run while recording`);
      },
    };
  }

  endpointOf(id: number, what: string): Endpoint {
    const endpoint = this.endpoints.get(id);
    if (endpoint) return endpoint;
    throw refusal(`${what} is a tensor made before the recording; declare it as given`);
  }

  /** Adds a kernel that changes variables; it isn't run now. */
  addUpdate(op: string, variables: readonly Variable[], inputs: readonly Tensor[], attributes: GraphNode['attributes']): void {
    this.updates.push({
      op,
      name: `${this.prefix}/update/${this.updates.length}`,
      variables: variables.map((variable) => this.endpointOf(tensorId(variable), `a variable of ${op}`)),
      inputs: inputs.map((tensor, index) => this.endpointOf(tensorId(tensor), `input ${index} of ${op}`)),
      attributes,
    });
  }

  /** Handle of a variable and the last update of it, if there is one. */
  updatedEndpoint(variable: Variable): { handle: Endpoint; after: string } | undefined {
    const endpoint = this.endpointOf(tensorId(variable), 'a variable');
    const last = this.updates.findLast(({ variables }) => variables.includes(endpoint));
    return last && { handle: handleOf(endpoint), after: last.name };
  }

  /** Lets `tensor` stand for the output of a node that is added without being run. */
  substitute(tensor: Tensor, node: Omit<GraphNode, 'name'>): void {
    const named = { ...node, name: this.name(node.op) };
    this.nodes.push(named);
    this.endpoints.set(tensorId(tensor), `${named.name}:0`);
    this.types.set(tensorId(tensor), graphType(tensor.dtype, this.native));
  }

  private createTensor(...args: Parameters<TFJSBinding['createTensor']>): number {
    const [shape, dtype, values] = args;
    if (!ArrayBuffer.isView(values)) throw refusal('a string tensor was made while recording');
    const id = this.native.createTensor(...args);
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
    this.endpoints.set(id, this.constant(dtype, [...shape], bytes));
    this.types.set(id, dtype);
    return id;
  }

  private constant(dtype: DataType, shape: number[], bytes: Uint8Array): Endpoint {
    const shares = this.shared === 'small' ? bytes.length <= SHARED_CONSTANT : shape.length === 0;
    const key = !shares ? undefined : `${dtype} ${shape.join()} ${Buffer.from(bytes).toString('hex')}`;
    const known = key === undefined ? undefined : this.constants.get(key);
    if (known) return known;
    const node = constantNode(this.name('Const'), { dtype, shape, bytes });
    this.nodes.push(node);
    const endpoint = `${node.name}:0`;
    if (key !== undefined) this.constants.set(key, endpoint);
    return endpoint;
  }

  private executeOp(...args: Parameters<TFJSBinding['executeOp']>): TensorMetadata[] {
    const [op, attributes, ids] = args;
    const inputs = ids.map((id, index) => this.endpointOf(id, `input ${index} of ${op}`));
    const outputs = this.native.executeOp(...args);
    const node: GraphNode = {
      name: this.name(op),
      op,
      inputs,
      attributes: Object.fromEntries(attributes.map((attribute) => [attribute.name, attributeFrom(attribute, this.native)])),
    };
    for (const [name, input] of Object.entries(INFERRED_TYPES[op] ?? {})) {
      node.attributes[name] ??= typeAttribute(this.types.get(ids[input] as number) as DataType);
    }
    this.nodes.push(node);
    outputs.forEach(({ id, dtype }, index) => {
      this.endpoints.set(id, `${node.name}:${index}`);
      this.types.set(id, dtype);
    });
    return outputs;
  }

  private name(op: string): string {
    const count = this.counts.get(op) ?? 0;
    this.counts.set(op, count + 1);
    // An underscore may not begin a node's name.
    return `${this.prefix}/${op.replace(/^_+/, '')}_${count}`;
  }

  private lastOp(): string {
    return this.nodes.at(-1)?.op ?? 'before any operation';
  }
}

function refusal(message: string): CoreError {
  const line = callerLine();
  return new CoreError('UNIMPLEMENTED', line ? `${message} (${line})` : message);
}

export function graphType(dtype: Tensor['dtype'], native: TFJSBinding = nodeBackend().binding): DataType {
  const types: Partial<Record<Tensor['dtype'], number>> = { float32: native.TF_FLOAT, int32: native.TF_INT32, bool: native.TF_BOOL };
  const type = types[dtype];
  if (type === undefined) throw new CoreError('UNIMPLEMENTED', `received a ${dtype} tensor; a recording takes and gives float32, int32 and bool`);
  return type;
}

/** The native id of a tensor; makes the native tensor if its values are still in JavaScript only. */
function tensorId(tensor: Tensor): number {
  const access = nodeBackend() as unknown as { getInputTensorIds(tensors: Tensor[]): number[] };
  return access.getInputTensorIds([tensor])[0] as number;
}
