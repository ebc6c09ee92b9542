import { DataType } from '../generated/tensorflow/core/framework/types';
import { constantNode, identityNode, placeholderNode, shapeAttribute, typeAttribute, type Endpoint, type GraphNode } from '../graph/node';
import type { AttrValue } from '../generated/tensorflow/core/framework/attr_value';

/** A tensor's dtype and shape, fixed: a graph is captured for one signature. */
export interface PortSpec {
  name: string;
  dtype: DataType;
  shape: number[];
}

/** A recorded step, before it becomes a graph. */
export interface RecordedStep {
  inputs: PortSpec[];
  state: PortSpec[];
  /** What ran, reading `input/<name>:0` and `read/<name>:0`. */
  nodes: GraphNode[];
  /** Where each changed state variable's new value comes from. */
  updates: Map<string, Endpoint>;
  outputs: { name: string; endpoint: Endpoint; dtype: DataType }[];
  /** A bool scalar: where it is false, no state changes. */
  commit?: Endpoint;
}

export const inputEndpoint = (name: string): Endpoint => `input/${name}:0`;
export const stateEndpoint = (name: string): Endpoint => `read/${name}:0`;
export const FETCH = {
  output: (name: string): Endpoint => `output/${name}:0`,
  state: (name: string): Endpoint => `value/${name}:0`,
  initialized: 'initialized:0',
};
export const FEED = { input: inputEndpoint, state: (name: string): Endpoint => `initial/${name}:0` };

/**
 * The graph of a captured step. State lives in resource variables of the session; fetching an output runs the step, its
 * updates included:
 *
 *     VarHandleOp -> ReadVariableOp -> ... -> Switch(commit) -> AssignVariableOp -> (control) output
 *
 * `initialized` sets the variables from their `initial/` placeholders, `value/` reads them. A node switched off by `commit` is dead, in
 * TensorFlow's control flow of version 1, so nothing is copied for the sake of a step that isn't to count.
 */
export function buildGraph(step: RecordedStep): GraphNode[] {
  const updated = step.state.filter(({ name }) => step.updates.has(name));
  return [
    ...step.inputs.map(({ name, dtype, shape }) => placeholderNode(`input/${name}`, dtype, shape)),
    ...step.state.flatMap(stateNodes),
    ...step.nodes,
    ...updated.flatMap((variable) => updateNodes(variable, step)),
    ...step.outputs.flatMap((output) => outputNodes(output, updated, step.commit)),
    {
      ...constantNode('initialized', { dtype: DataType.DT_BOOL, shape: [], bytes: new Uint8Array([1]) }),
      inputs: step.state.map(({ name }) => `^initialize/${name}`),
    },
  ];
}

const handle = (name: string): Endpoint => `variable/${name}:0`;

function stateNodes({ name, dtype, shape }: PortSpec): GraphNode[] {
  const attributes = { dtype: typeAttribute(dtype) };
  const text = (value: string): AttrValue => ({ value: { $case: 's', value: Buffer.from(value) } });
  return [
    {
      name: `variable/${name}`,
      op: 'VarHandleOp',
      inputs: [],
      attributes: { ...attributes, shape: shapeAttribute(shape), shared_name: text(name), container: text('') },
    },
    { name: `read/${name}`, op: 'ReadVariableOp', inputs: [handle(name)], attributes },
    placeholderNode(`initial/${name}`, dtype, shape),
    { name: `initialize/${name}`, op: 'AssignVariableOp', inputs: [handle(name), `initial/${name}:0`], attributes },
    { name: `value_read/${name}`, op: 'ReadVariableOp', inputs: [handle(name)], attributes },
    identityNode(`value/${name}`, `value_read/${name}:0`, dtype),
  ];
}

function updateNodes({ name, dtype }: PortSpec, { updates, commit }: RecordedStep): GraphNode[] {
  const value = updates.get(name) as Endpoint;
  const assign = (source: Endpoint): GraphNode => ({
    name: `update/${name}`,
    op: 'AssignVariableOp',
    inputs: [handle(name), source, `^read/${name}`],
    attributes: { dtype: typeAttribute(dtype) },
  });
  if (!commit) return [assign(value)];
  return [switchNode(`gate/${name}`, value, commit, dtype), assign(`gate/${name}:1`)];
}

function outputNodes({ name, endpoint, dtype }: RecordedStep['outputs'][number], updated: PortSpec[], commit?: Endpoint): GraphNode[] {
  const afterUpdates = updated.map((variable): Endpoint => `^update/${variable.name}`);
  if (!commit || updated.length === 0) {
    const node = identityNode(`output/${name}`, endpoint, dtype);
    return [{ ...node, inputs: [...node.inputs, ...afterUpdates] }];
  }
  const done = identityNode(`done/${name}`, `branch/${name}:1`, dtype);
  return [
    switchNode(`branch/${name}`, endpoint, commit, dtype),
    { ...done, inputs: [...done.inputs, ...afterUpdates] },
    identityNode(`skipped/${name}`, `branch/${name}:0`, dtype),
    {
      name: `output/${name}`,
      op: 'Merge',
      inputs: [`done/${name}:0`, `skipped/${name}:0`],
      attributes: { T: typeAttribute(dtype), N: { value: { $case: 'i', value: 2n } } },
    },
  ];
}

const switchNode = (name: string, value: Endpoint, condition: Endpoint, dtype: DataType): GraphNode => ({
  name,
  op: 'Switch',
  inputs: [value, condition],
  attributes: { T: typeAttribute(dtype) },
});
