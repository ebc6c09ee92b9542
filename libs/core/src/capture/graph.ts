import { CoreError } from '../errors';
import type { AttrValue } from '../generated/tensorflow/core/framework/attr_value';
import { DataType } from '../generated/tensorflow/core/framework/types';
import type { FunctionDef } from '../generated/tensorflow/core/framework/function';
import { constantNode, handleOf, identityNode, nodeOf, placeholderNode, shapeAttribute, stateEndpoint, typeAttribute, type Endpoint, type GraphNode } from '../graph/node';
import type { InPlaceUpdate } from '../graph/recorder';
import { asFunction } from './function';

/** A tensor's dtype and shape, fixed: a graph is captured for one signature. */
export interface PortSpec {
  name: string;
  dtype: DataType;
  shape: number[];
}

/** A recorded step, before it becomes part of a graph. */
export interface RecordedStep {
  /** Prefix of its nodes. */
  name: string;
  inputs: PortSpec[];
  /** What ran, reading `<step>/input/<name>:0` and `read/<name>:0`. */
  nodes: GraphNode[];
  /** Kernels that change state where it lies, in order. */
  updates: InPlaceUpdate[];
  /** Where the new value of each state variable that was assigned comes from. */
  assigned: Map<string, Endpoint>;
  outputs: { name: string; endpoint: Endpoint; dtype: DataType }[];
  /** A bool scalar: where it is false, no state changes. */
  commit?: Endpoint;
  /** Sets of outputs that are fetched together, each of which becomes a function of its own. Unset: the step is part of the graph. */
  calls?: string[][];
}

export const inputEndpoint = (step: string, name: string): Endpoint => `${step}/input/${name}:0`;
export const FETCH = {
  output: (step: string, name: string): Endpoint => `${step}/output/${name}:0`,
  /** Of the step's call number `index`. */
  called: (step: string, index: number, name: string): Endpoint => `${step}/call${index}/${name}:0`,
  state: (name: string): Endpoint => `value/${name}:0`,
  initialized: 'initialized:0',
};
export const FEED = { input: inputEndpoint, state: (name: string): Endpoint => `initial/${name}:0` };

/**
 * The graph of steps over one state. State lives in resource variables of the session; fetching an output of a step runs that step,
 * its updates included, and nothing else:
 *
 *     VarHandleOp -> ReadVariableOp -> ... -> Switch(commit) -> AssignVariableOp or Resource* -> (control) output
 *
 * `initialized` sets the variables from their `initial/` placeholders, `value/` reads them. A node switched off by `commit` is dead, in
 * TensorFlow's control flow of version 1, so nothing is copied for the sake of a step that isn't to count.
 */
export function buildGraph(state: readonly PortSpec[], steps: readonly RecordedStep[]): { nodes: GraphNode[]; functions: FunctionDef[] } {
  const shared = state.flatMap(stateNodes);
  const functions: FunctionDef[] = [];
  const own = steps.flatMap((step) => {
    const nodes = stepNodes(step, state);
    if (!step.calls) return nodes;
    const called = step.calls.map((fetches, index) => {
      const outputs = fetches.map((name) => ({ name, endpoint: FETCH.output(step.name, name), dtype: dtypeOf(step, name) }));
      return asFunction(`${step.name}/call${index}`, [...shared, ...nodes], outputs);
    });
    functions.push(...called.map(({ definition }) => definition));
    return [...nodes.filter(({ op }) => op === 'Placeholder'), ...called.flatMap(({ nodes: calls }) => calls)];
  });
  const initialized: GraphNode = {
    ...constantNode('initialized', { dtype: DataType.DT_BOOL, shape: [], bytes: new Uint8Array([1]) }),
    inputs: state.map(({ name }) => `^initialize/${name}`),
  };
  return { nodes: [...shared, ...own, initialized], functions };
}

function dtypeOf({ name: step, outputs }: RecordedStep, name: string): DataType {
  const output = outputs.find((each) => each.name === name);
  if (output) return output.dtype;
  throw new CoreError('INTERNAL', `${step}: received output ${name}, expected ${outputs.map((each) => each.name).join(' or ')}`);
}

function stateNodes({ name, dtype, shape }: PortSpec): GraphNode[] {
  const attributes = { dtype: typeAttribute(dtype) };
  const text = (value: string): AttrValue => ({ value: { $case: 's', value: Buffer.from(value) } });
  const handle = handleOf(stateEndpoint(name));
  return [
    {
      name: `variable/${name}`,
      op: 'VarHandleOp',
      inputs: [],
      attributes: { ...attributes, shape: shapeAttribute(shape), shared_name: text(name), container: text('') },
    },
    { name: `read/${name}`, op: 'ReadVariableOp', inputs: [handle], attributes },
    placeholderNode(`initial/${name}`, dtype, shape),
    copyNode(`owned/${name}`, `initial/${name}:0`, dtype),
    { name: `initialize/${name}`, op: 'AssignVariableOp', inputs: [handle, `owned/${name}:0`], attributes },
    { name: `value_read/${name}`, op: 'ReadVariableOp', inputs: [handle], attributes },
    identityNode(`value/${name}`, `value_read/${name}:0`, dtype),
  ];
}

function stepNodes(step: RecordedStep, state: readonly PortSpec[]): GraphNode[] {
  const readers = readersOf(step.nodes);
  const ancestors = new Ancestors(step.nodes);
  const lastUpdate = new Map<Endpoint, string>();
  const updates = [
    ...step.updates.flatMap((update) => {
      const nodes = inPlaceNodes(update, step, lastUpdate, (variable) => {
        const all = readers.get(variable) ?? [];
        const before = ancestors.of(step.commit ? [...update.inputs, step.commit] : update.inputs);
        return all.length > 0 ? [nodeOf(variable), ...all.filter((reader) => before.has(reader))] : [];
      });
      update.variables.forEach((variable) => lastUpdate.set(variable, update.name));
      return nodes;
    }),
    ...state.filter(({ name }) => step.assigned.has(name)).flatMap((variable) => assignNodes(variable, step)),
  ];
  const done = [...step.updates.map(({ name }) => name), ...[...step.assigned.keys()].map((name) => `${step.name}/assign/${name}`)];
  return [
    ...step.inputs.map(({ name, dtype, shape }) => placeholderNode(`${step.name}/input/${name}`, dtype, shape)),
    ...step.nodes,
    ...updates,
    ...step.outputs.flatMap((output) => outputNodes(output, step, done)),
  ];
}

/**
 * The kernel waits until the old value was read, and for those readers of it that it depends on anyway: while one holds the
 * value, TensorFlow would copy it before changing the variable.
 */
function inPlaceNodes(
  { op, name, variables, inputs, attributes }: InPlaceUpdate,
  { commit }: RecordedStep,
  lastUpdate: ReadonlyMap<Endpoint, string>,
  readersBefore: (variable: Endpoint) => string[],
): GraphNode[] {
  const control = new Set(variables.flatMap((variable) => [...readersBefore(variable), ...(lastUpdate.has(variable) ? [lastUpdate.get(variable) as string] : [])]));
  const last = inputs.at(-1) as Endpoint;
  const gate = commit ? [switchNode(`${name}/gate`, last, commit, DataType.DT_FLOAT)] : [];
  const data = [...variables.map(handleOf), ...inputs.slice(0, -1), commit ? `${name}/gate:1` : last];
  return [...gate, { name, op, inputs: [...data, ...[...control].map((node) => `^${node}`)], attributes }];
}

function assignNodes({ name, dtype }: PortSpec, step: RecordedStep): GraphNode[] {
  const { name: prefix, assigned, commit } = step;
  const at = (part: string): string => `${prefix}/${part}/${name}`;
  const given = assigned.get(name) as Endpoint;
  const copy = sharesInput(step, given) ? [copyNode(at('owned'), given, dtype)] : [];
  const value: Endpoint = copy.length > 0 ? `${at('owned')}:0` : given;
  const gate = commit ? [switchNode(at('gate'), value, commit, dtype)] : [];
  const inputs = [handleOf(stateEndpoint(name)), commit ? `${at('gate')}:1` : value, `^read/${name}`];
  return [...copy, ...gate, { name: at('assign'), op: 'AssignVariableOp', inputs, attributes: { dtype: typeAttribute(dtype) } }];
}

function outputNodes({ name, endpoint, dtype }: RecordedStep['outputs'][number], step: RecordedStep, updates: readonly string[]): GraphNode[] {
  const afterUpdates = updates.map((update): Endpoint => `^${update}`);
  const at = (part: string): string => `${step.name}/${part}/${name}`;
  if (!step.commit || updates.length === 0) {
    const node = identityNode(at('output'), endpoint, dtype);
    return [{ ...node, inputs: [...node.inputs, ...afterUpdates] }];
  }
  const done = identityNode(at('done'), `${at('branch')}:1`, dtype);
  return [
    switchNode(at('branch'), endpoint, step.commit, dtype),
    { ...done, inputs: [...done.inputs, ...afterUpdates] },
    identityNode(at('skipped'), `${at('branch')}:0`, dtype),
    {
      name: at('output'),
      op: 'Merge',
      inputs: [`${at('done')}:0`, `${at('skipped')}:0`],
      attributes: { T: typeAttribute(dtype), N: { value: { $case: 'i', value: 2n } } },
    },
  ];
}

/**
 * A variable must own its memory. AssignVariableOp takes over what it is given, and what is fed is JavaScript's where that is aligned to 64
 * bytes: the variable's next value would free it on one of TensorFlow's threads, where nothing may touch JavaScript's heap.
 */
const copyNode = (name: string, value: Endpoint, dtype: DataType): GraphNode => ({
  name,
  op: 'DeepCopy',
  inputs: [value],
  attributes: { T: typeAttribute(dtype) },
});

/** Ops whose output may be their input's memory. */
const FORWARDING = new Set(['Identity', 'Reshape', 'Squeeze', 'ExpandDims', 'Snapshot', 'StopGradient']);

function sharesInput(step: RecordedStep, endpoint: Endpoint): boolean {
  if (step.inputs.some(({ name }) => inputEndpoint(step.name, name) === endpoint)) return true;
  const node = step.nodes.find(({ name }) => name === nodeOf(endpoint));
  return node !== undefined && FORWARDING.has(node.op) && sharesInput(step, node.inputs[0] as Endpoint);
}

const switchNode = (name: string, value: Endpoint, condition: Endpoint, dtype: DataType): GraphNode => ({
  name,
  op: 'Switch',
  inputs: [value, condition],
  attributes: { T: typeAttribute(dtype) },
});

/** Names of the nodes that read each endpoint. */
function readersOf(nodes: readonly GraphNode[]): Map<Endpoint, string[]> {
  const readers = new Map<Endpoint, string[]>();
  for (const { name, inputs } of nodes) {
    for (const input of inputs) {
      const known = readers.get(input);
      if (known) known.push(name);
      else readers.set(input, [name]);
    }
  }
  return readers;
}

/** Names of all nodes that endpoints depend on. */
class Ancestors {
  private readonly inputs: Map<string, string[]>;
  private readonly known = new Map<string, Set<string>>();

  constructor(nodes: readonly GraphNode[]) {
    this.inputs = new Map(nodes.map(({ name, inputs }) => [name, inputs.map(nodeOf)]));
  }

  of(endpoints: readonly Endpoint[]): Set<string> {
    const key = endpoints.join();
    const known = this.known.get(key);
    if (known) return known;
    const found = new Set<string>();
    const queue = endpoints.map(nodeOf);
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      if (found.has(name)) continue;
      found.add(name);
      queue.push(...(this.inputs.get(name) ?? []));
    }
    this.known.set(key, found);
    return found;
  }
}
