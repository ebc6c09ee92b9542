import { readFileSync } from 'node:fs';
import { nodeBackend } from '../engine';
import { DataType } from '../generated/tensorflow/core/framework/types';
import { typeAttribute, type Endpoint, type GraphNode } from '../graph/node';

export type Precision = 'float32' | 'bfloat16';

/** Products, which gain from bfloat16, with the inputs that become it. `all`: every input. */
const PRODUCTS: Readonly<Record<string, number[] | 'all'>> = {
  MatMul: [0, 1],
  _FusedMatMul: 'all',
  BatchMatMulV2: [0, 1],
  Conv2D: [0, 1],
  _FusedConv2D: 'all',
  Conv2DBackpropInput: [1, 2],
  Conv2DBackpropFilter: [0, 2],
};

/** What passes on bfloat16 where these inputs have it already, and is exact or nearly so in it. */
const FOLLOWERS: Readonly<Record<string, number[]>> = {
  BiasAdd: [0],
  Relu: [0],
  LeakyRelu: [0],
  Reshape: [0],
  MaxPool: [0],
  ReluGrad: [0, 1],
  LeakyReluGrad: [0, 1],
  MaxPoolGrad: [0, 1, 2],
};
/** Further inputs of followers that must have the same dtype. */
const FOLLOWERS_ALSO: Readonly<Record<string, number[]>> = { BiasAdd: [1] };

/** Whether the device computes in bfloat16 itself: without, it is slower than float32. */
export function supportsBfloat16(): boolean {
  if (nodeBackend().isUsingGpuDevice) return true;
  try {
    return /\b(avx512_bf16|amx_bf16|bf16)\b/.test(readFileSync('/proc/cpuinfo', 'utf8'));
  } catch {
    return false;
  }
}

/**
 * A recorded step in mixed precision (Micikevicius et al., 2018, with bfloat16's range, which needs no scaling of the loss): products
 * take and give bfloat16, weights, their updates, sums and losses stay float32. Endpoints keep their names and float32 dtype.
 *
 * @param nodes In the order of execution.
 */
export function toMixedPrecision(nodes: readonly GraphNode[]): GraphNode[] {
  const half = new Map<Endpoint, Endpoint>();
  const converted: GraphNode[] = [];
  const asHalf = (endpoint: Endpoint): Endpoint => {
    const known = half.get(endpoint);
    if (known) return known;
    const name = `${endpoint.replace(/:(\d+)$/, '/$1')}/bfloat16`;
    converted.push(castNode(name, endpoint, DataType.DT_FLOAT, DataType.DT_BFLOAT16));
    half.set(endpoint, `${name}:0`);
    return `${name}:0`;
  };
  for (const node of nodes) {
    const inputs = halfInputs(node, half);
    if (!inputs) {
      converted.push(node);
      continue;
    }
    const name = `${node.name}/half`;
    const taken = node.inputs.map((input, index) => (inputs.has(index) ? asHalf(input) : input));
    converted.push(
      { ...node, name, inputs: taken, attributes: { ...node.attributes, T: typeAttribute(DataType.DT_BFLOAT16) } },
      // For those that read float32; without any it isn't run.
      castNode(node.name, `${name}:0`, DataType.DT_BFLOAT16, DataType.DT_FLOAT),
    );
    half.set(`${node.name}:0`, `${name}:0`);
  }
  return converted;
}

/** Inputs that become bfloat16; undefined when the node stays as it is. */
function halfInputs({ op, inputs, attributes }: GraphNode, half: ReadonlyMap<Endpoint, Endpoint>): Set<number> | undefined {
  if (attributes.T?.value?.$case !== 'type' || attributes.T.value.value !== DataType.DT_FLOAT) return undefined;
  const product = PRODUCTS[op];
  if (product) return new Set(product === 'all' ? inputs.keys() : product);
  const leading = FOLLOWERS[op];
  if (!leading?.every((index) => half.has(inputs[index] as Endpoint))) return undefined;
  return new Set([...leading, ...(FOLLOWERS_ALSO[op] ?? [])]);
}

const castNode = (name: string, input: Endpoint, from: DataType, to: DataType): GraphNode => ({
  name,
  op: 'Cast',
  inputs: [input],
  attributes: { SrcT: typeAttribute(from), DstT: typeAttribute(to), Truncate: { value: { $case: 'b', value: false } } },
});
