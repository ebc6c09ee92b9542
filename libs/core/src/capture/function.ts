import { CoreError } from '../errors';
import type { AttrValue } from '../generated/tensorflow/core/framework/attr_value';
import { FunctionDef } from '../generated/tensorflow/core/framework/function';
import { OpDef, OpDef_ArgDef } from '../generated/tensorflow/core/framework/op_def';
import { DataType } from '../generated/tensorflow/core/framework/types';
import { identityNode, nodeDef, nodeOf, type Endpoint, type GraphNode } from '../graph/node';
import { OP_OUTPUTS } from '../graph/op-outputs';

/** An output of a graph that a call has. */
export interface CallOutput {
  name: string;
  endpoint: Endpoint;
  dtype: DataType;
}

/** A ConfigProto with graph_options.rewrite_options.disable_meta_optimizer. */
const UNOPTIMIZED = Buffer.from([0x52, 0x05, 0x52, 0x03, 0x98, 0x01, 0x01]);

/**
 * Puts what some outputs of a graph depend on into a function, and calls that. TensorFlow's graph optimizer goes over a graph some twenty
 * times before its first run: seconds, for the 10,000 nodes of an unrolled recurrent net, which gain nothing by it. It leaves
 * out functions that it takes for tf.data's, and the call's own configuration turns it off as well.
 *
 * @param nodes The graph, in any order. @param name Of the call; its outputs are `<name>/<output>:0`.
 */
export function asFunction(name: string, nodes: readonly GraphNode[], outputs: readonly CallOutput[]): { definition: FunctionDef; nodes: GraphNode[] } {
  const body = needed(nodes, outputs);
  const given = body.filter(isGiven);
  const inside = body.filter((node) => !isGiven(node));
  const argument = new Map(given.map((node, index) => [node.name, `in_${index}`]));
  const byName = new Map(inside.map((node) => [node.name, node]));
  const refer = (endpoint: Endpoint): string => argument.get(nodeOf(endpoint)) ?? outputReference(endpoint, byName);
  const definition = FunctionDef.fromPartial({});
  const functionName = name.replace(/\W/g, '_');
  definition.signature = {
    ...OpDef.create(),
    name: functionName,
    inputArg: given.map((node) => ({ ...OpDef_ArgDef.create(), name: argument.get(node.name) as string, type: typeOf(node) })),
    outputArg: outputs.map(({ dtype }, index) => ({ ...OpDef_ArgDef.create(), name: `out_${index}`, type: dtype })),
    isStateful: true,
  };
  definition.attr = { _noinline: flag(true), _tf_data_function: flag(true) };
  definition.nodeDef = inside.map((node) => {
    const inputs = node.inputs.filter((input) => !(input.startsWith('^') && argument.has(nodeOf(input))));
    return nodeDef({ ...node, inputs: inputs.map((input) => (input.startsWith('^') ? input : refer(input))) });
  });
  definition.ret = Object.fromEntries(outputs.map(({ endpoint }, index) => [`out_${index}`, refer(endpoint)]));
  const call: GraphNode = {
    name,
    op: 'StatefulPartitionedCall',
    inputs: given.map((node) => `${node.name}:0`),
    attributes: {
      Tin: types(given.map(typeOf)),
      Tout: types(outputs.map(({ dtype }) => dtype)),
      f: { value: { $case: 'func', value: { name: functionName, attr: {} } } },
      config_proto: { value: { $case: 's', value: UNOPTIMIZED } },
      _noinline: flag(true),
    },
  };
  return { definition, nodes: [call, ...outputs.map((output, index) => identityNode(`${name}/${output.name}`, `${name}:${index}`, output.dtype))] };
}

/** What stays outside, and is passed to the function: inputs and variables. */
const isGiven = ({ op }: GraphNode): boolean => op === 'Placeholder' || op === 'VarHandleOp';

function typeOf({ op, attributes }: GraphNode): DataType {
  if (op === 'VarHandleOp') return DataType.DT_RESOURCE;
  return (attributes.dtype?.value as { value: DataType }).value;
}

/** The nodes that outputs depend on, control dependencies included. */
function needed(nodes: readonly GraphNode[], outputs: readonly CallOutput[]): GraphNode[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const found = new Set<string>();
  const queue = outputs.map(({ endpoint }) => nodeOf(endpoint));
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    queue.push(...(byName.get(name)?.inputs ?? []).map(nodeOf));
  }
  return nodes.filter(({ name }) => found.has(name));
}

/** `MatMul_3:0` as a function's nodes refer to it: `MatMul_3:product:0`. */
function outputReference(endpoint: Endpoint, byName: ReadonlyMap<string, GraphNode>): string {
  const name = nodeOf(endpoint);
  const node = byName.get(name);
  const names = node && OP_OUTPUTS[node.op];
  if (!names) throw new CoreError('INTERNAL', `${endpoint}: no names of the outputs of ${node?.op ?? 'this node'} are known`);
  let index = Number(endpoint.slice(name.length + 1));
  for (const part of names.split(' ')) {
    const [output, count] = part.split('*') as [string, string | undefined];
    const width = count === undefined ? 1 : widthOf(node.attributes[count]);
    if (index < width) return `${name}:${output}:${index}`;
    index -= width;
  }
  throw new CoreError('INTERNAL', `${endpoint}: ${node.op} has fewer outputs`);
}

function widthOf(attribute: AttrValue | undefined): number {
  const value = attribute?.value;
  if (value?.$case === 'i') return Number(value.value);
  return value?.$case === 'list' ? value.value.type.length : 0;
}

const flag = (value: boolean): AttrValue => ({ value: { $case: 'b', value } });
const types = (type: DataType[]): AttrValue => ({ value: { $case: 'list', value: { s: [], i: [], f: [], b: [], type, shape: [], tensor: [], func: [] } } });
