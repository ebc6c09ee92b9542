import { DataType } from '../generated/tensorflow/core/framework/types';
import type { AttrValue } from '../generated/tensorflow/core/framework/attr_value';
import { typeAttribute, type Endpoint, type GraphNode } from './node';

/** Activations that oneDNN computes in the product's own kernel. */
const ACTIVATIONS = new Set(['Relu', 'Sigmoid', 'Tanh', 'Elu']);

/**
 * Makes one `_FusedMatMul` of a product, its bias and its activation where nothing else reads what lies between. TensorFlow's own
 * optimizer does the same; it isn't run on large graphs, and three nodes in one make these smaller.
 *
 * @param read Endpoints that are read from outside of `nodes`.
 */
export function fuseProducts(nodes: readonly GraphNode[], read: Iterable<Endpoint>): GraphNode[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const readers = new Map<Endpoint, number>();
  for (const endpoint of [...nodes.flatMap(({ inputs }) => inputs), ...read]) readers.set(endpoint, (readers.get(endpoint) ?? 0) + 1);
  /** The node that makes an input, if it is of this kind and nothing else reads it. */
  const only = (endpoint: Endpoint | undefined, op: string): GraphNode | undefined => {
    const node = endpoint?.endsWith(':0') ? byName.get(endpoint.slice(0, -2)) : undefined;
    return node?.op === op && readers.get(endpoint as Endpoint) === 1 ? node : undefined;
  };
  const absorbed = new Set<string>();
  const fused = new Map<string, GraphNode>();
  // From the end, so that an activation takes the bias before the bias would take the product alone.
  for (const node of [...nodes].reverse()) {
    if (absorbed.has(node.name)) continue;
    const bias = ACTIVATIONS.has(node.op) ? only(node.inputs[0], 'BiasAdd') : node.op === 'BiasAdd' ? node : undefined;
    const product = bias && only(bias.inputs[0], 'MatMul');
    if (!bias || !product || !fits(product, bias)) continue;
    absorbed.add(product.name);
    if (bias !== node) absorbed.add(bias.name);
    const steps = bias === node ? ['BiasAdd'] : ['BiasAdd', node.op];
    fused.set(node.name, { name: node.name, op: '_FusedMatMul', inputs: [...product.inputs, bias.inputs[1] as Endpoint], attributes: attributesOf(product, steps) });
  }
  return nodes.filter(({ name }) => !absorbed.has(name)).map((node) => fused.get(node.name) ?? node);
}

function fits(product: GraphNode, bias: GraphNode): boolean {
  const type = product.attributes.T?.value;
  const format = bias.attributes.data_format?.value;
  const isFloat = type?.$case === 'type' && type.value === DataType.DT_FLOAT;
  // oneDNN's kernel takes no transposed first factor.
  const transposes = product.attributes.transpose_a?.value;
  return isFloat && !(transposes?.$case === 'b' && transposes.value) && !(format?.$case === 's' && format.value.toString() === 'NCHW');
}

function attributesOf({ attributes }: GraphNode, steps: string[]): GraphNode['attributes'] {
  const list = { s: steps.map((step) => Buffer.from(step)), i: [], f: [], b: [], type: [], shape: [], tensor: [], func: [] };
  const value = (of: AttrValue['value']): AttrValue => ({ value: of });
  return {
    T: typeAttribute(DataType.DT_FLOAT),
    transpose_a: value({ $case: 'b', value: false }),
    transpose_b: attributes.transpose_b ?? value({ $case: 'b', value: false }),
    num_args: value({ $case: 'i', value: 1n }),
    fused_ops: value({ $case: 'list', value: list }),
    epsilon: value({ $case: 'f', value: 0 }),
    leakyrelu_alpha: value({ $case: 'f', value: 0.2 }),
  };
}
