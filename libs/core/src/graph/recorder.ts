import { nodeBackend, type NodeJSKernelBackend, type Tensor, type TensorMetadata, type TFJSBinding } from '../engine';
import { CoreError } from '../errors';
import type { DataType } from '../generated/tensorflow/core/framework/types';
import { attributeFrom, constantNode, typeAttribute, type Endpoint, type GraphNode } from './node';

/** A tensor that exists before the recording, and the endpoint that stands for it in the graph. */
export interface Given {
  tensor: Tensor;
  endpoint: Endpoint;
}

export interface Recording<T> {
  /** In the order of execution: each node's inputs come before it. */
  nodes: GraphNode[];
  result: T;
}

/** The work's view of its own graph, so that it can name its outputs. */
export type EndpointOf = (tensor: Tensor) => Endpoint;

/**
 * Runs `work` eagerly and records every operation on the way. All kernels reach TensorFlow through the backend's binding:
 * while `work` runs, a recording one is in its place. What depends on a tensor's values must stay inside TensorFlow:
 * reading one while recording is refused, as is an input that is neither given nor made by `work`.
 *
 * @throws CoreError UNIMPLEMENTED naming the operation that can't be recorded.
 */
export function record<T>(given: readonly Given[], work: (endpointOf: EndpointOf) => T): Recording<T> {
  const backend = nodeBackend();
  const endpoints = new Map(given.map(({ tensor, endpoint }) => [tensorId(backend, tensor), endpoint]));
  const native = backend.binding;
  const types = new Map(given.map(({ tensor }) => [tensorId(backend, tensor), graphType(tensor.dtype, native)]));
  const recorder = new Recorder(native, endpoints, types);
  const writable = backend as { binding: TFJSBinding };
  writable.binding = recorder.binding();
  try {
    const result = work((tensor) => recorder.endpointOf(tensorId(backend, tensor), 'an output'));
    return { nodes: recorder.nodes, result };
  } finally {
    writable.binding = native;
  }
}

/** Attributes that eager execution infers from an input, and a graph must be told: op -> attribute -> input. */
const INFERRED_TYPES: Record<string, Record<string, number>> = { ExpandDims: { T: 0 } };

class Recorder {
  readonly nodes: GraphNode[] = [];
  private readonly counts = new Map<string, number>();

  constructor(
    private readonly native: TFJSBinding,
    private readonly endpoints: Map<number, Endpoint>,
    private readonly types: Map<number, DataType>,
  ) {}

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
        throw new CoreError('UNIMPLEMENTED', `${this.lastOp()}: a tensor was read while recording; keep its values inside TensorFlow`);
      },
      runSavedModel: () => {
        throw new CoreError('UNIMPLEMENTED', `${this.lastOp()}: a saved model was run while recording`);
      },
    };
  }

  endpointOf(id: number, what: string): Endpoint {
    const endpoint = this.endpoints.get(id);
    if (endpoint) return endpoint;
    throw new CoreError('UNIMPLEMENTED', `${what} is a tensor made before the recording; declare it as given`);
  }

  private createTensor(...args: Parameters<TFJSBinding['createTensor']>): number {
    const [shape, dtype, values] = args;
    if (!ArrayBuffer.isView(values)) throw new CoreError('UNIMPLEMENTED', 'a string tensor was made while recording');
    const id = this.native.createTensor(...args);
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
    const node = constantNode(this.name('Const'), { dtype, shape: [...shape], bytes });
    this.nodes.push(node);
    this.endpoints.set(id, `${node.name}:0`);
    this.types.set(id, dtype);
    return id;
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
    return `graph/${op.replace(/^_+/, '')}_${count}`;
  }

  private lastOp(): string {
    return this.nodes.at(-1)?.op ?? 'before any operation';
  }
}

function graphType(dtype: Tensor['dtype'], native: TFJSBinding): DataType {
  const types: Partial<Record<Tensor['dtype'], number>> = { float32: native.TF_FLOAT, int32: native.TF_INT32, bool: native.TF_BOOL };
  const type = types[dtype];
  if (type === undefined) throw new CoreError('UNIMPLEMENTED', `a ${dtype} tensor can't be given to a recording; give float32, int32 or bool`);
  return type;
}

/** The native id of a tensor; makes the native tensor if its values are still in JavaScript only. */
function tensorId(backend: NodeJSKernelBackend, tensor: Tensor): number {
  const access = backend as unknown as { getInputTensorIds(tensors: Tensor[]): number[] };
  return access.getInputTensorIds([tensor])[0] as number;
}
