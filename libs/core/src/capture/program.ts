import { scoped, tf, type Tensor } from '../engine';
import { CoreError } from '../errors';
import { graphType, record } from '../graph/recorder';
import { stateEndpoint, type Endpoint, type GraphNode } from '../graph/node';
import type { NamedVariable } from '../layers/layer';
import { rawOp } from '../ops/raw';
import { assignHost, toHost, toTensor } from '../tensor/convert';
import { formatShape, type HostTensor } from '../tensor/host-tensor';
import { buildGraph, FEED, FETCH, inputEndpoint, type PortSpec, type RecordedStep } from './graph';
import { toMixedPrecision, type Precision } from './mixed-precision';
import { GraphSession } from './session';

export interface ProgramOptions {
  /** `bfloat16`: see toMixedPrecision; check supportsBfloat16 first. Default float32. */
  precision?: Precision;
  /** A step of more nodes than this is kept from TensorFlow's graph optimizer: see asFunction. Default: 500, and 5000 with convolutions. */
  optimizedUpTo?: number;
}

/**
 * The optimizer fuses convolutions with what follows them. What else has many nodes is an unrolled recurrent net, which is slower for it:
 * an LSTM's step takes 8.3 ms optimized and 7.2 as it is recorded, as the fused products keep other cores waiting.
 */
const optimizedUpTo = (nodes: readonly GraphNode[]): number => (nodes.some(({ op }) => op.startsWith('Conv')) ? 5000 : 500);

/** What a step gives back while it is recorded. */
export interface StepOutputs {
  /** What a run may fetch; what it doesn't fetch isn't computed. */
  outputs: Record<string, Tensor>;
  /** A bool scalar: where it is false, the run changes no state. */
  commit?: Tensor;
}

/** A pure function of its inputs and the program's state: what depends on a tensor's values stays inside TensorFlow. */
export type StepFunction<I extends string = string> = (inputs: Record<I, Tensor>) => StepOutputs;

/**
 * Steps over one state, each recorded at its first run for each signature of its inputs, and compiled into one TensorFlow
 * graph: a run is one native call, on every thread at once. The state's variables give it their values; what the steps
 * change lives in the session from then on, and `pull` brings it back.
 *
 * @example
 * const program = new Program([{ name: 'total', variable: total, trainable: false }]);
 * const add = program.step('add', ({ x }) => { total.assign(total.add(x)); return { outputs: { total } }; });
 * const [sum] = add.run({ x: { dtype: 'float32', shape: [], data: Float32Array.of(1) } }, ['total']);
 */
export class Program {
  private readonly recorded = new Map<string, RecordedStep>();
  private readonly ports: PortSpec[];
  private session: GraphSession | undefined;
  /** Whether the session has the state; and whether its state is newer than the variables. */
  private loaded = false;
  private readonly ahead = new Set<string>();
  private disposed = false;

  constructor(
    private readonly state: readonly NamedVariable[],
    private readonly options: ProgramOptions = {},
  ) {
    this.ports = state.map(({ name, variable }) => ({ name, dtype: graphType(variable.dtype), shape: variable.shape }));
  }

  /** @param name Unique in the program. */
  step<I extends string>(name: string, step: StepFunction<I>): CapturedStep<I> {
    return new CapturedStep(this, name, step);
  }

  /** Says that the variables were changed from outside: the next run takes their values. */
  invalidate(): void {
    this.loaded = false;
    this.ahead.clear();
  }

  /** Brings the state back into the variables. */
  pull(): void {
    if (this.ahead.size === 0) return;
    const changed = this.state.filter(({ name }) => this.ahead.has(name));
    const values = this.open().run([], changed.map(({ name }) => FETCH.state(name)));
    changed.forEach(({ variable }, index) => assignHost(variable, values[index] as HostTensor));
    this.ahead.clear();
  }

  /** Frees the session and its state; `pull` first what is still wanted. */
  dispose(): void {
    this.session?.dispose();
    this.session = undefined;
    this.disposed = true;
  }

  /** For CapturedStep. @throws CoreError UNIMPLEMENTED naming the operation that can't be captured, and the line that asked for it. */
  run(name: string, inputs: Record<string, HostTensor>, step: StepFunction<string>, fetches: readonly string[]): HostTensor[] {
    if (this.disposed) throw new CoreError('WRONG_STATE', `step ${name}: the program was disposed of`);
    const key = signature(name, inputs);
    const recorded = this.recorded.get(key) ?? this.define(key, inputs, step);
    const call = recorded.calls && this.call(recorded.calls, fetches);
    const session = this.open();
    if (!this.loaded) this.push(session);
    const feeds = recorded.inputs.map(({ name: input, dtype, shape }) => ({ endpoint: FEED.input(recorded.name, input), dtype, shape, data: (inputs[input] as HostTensor).data }));
    for (const variable of changedBy(recorded)) this.ahead.add(variable);
    const endpoint = (output: string): Endpoint => (call === undefined ? FETCH.output(recorded.name, output) : FETCH.called(recorded.name, call, output));
    return session.run(feeds, fetches.map(endpoint));
  }

  /** Number of the call that has these outputs; added when they weren't fetched together before. */
  private call(calls: string[][], fetches: readonly string[]): number {
    const known = calls.findIndex((each) => each.join() === fetches.join());
    if (known >= 0) return known;
    this.pull();
    calls.push([...fetches]);
    this.close();
    return calls.length - 1;
  }

  private define(key: string, inputs: Record<string, HostTensor>, step: StepFunction<string>): RecordedStep {
    this.pull();
    const recorded = this.record(`step${this.recorded.size}`, inputs, step);
    this.recorded.set(key, recorded);
    this.close();
    return recorded;
  }

  /** The next run opens a session over all that was recorded by then. */
  private close(): void {
    this.session?.dispose();
    this.session = undefined;
    this.loaded = false;
  }

  private record(name: string, inputs: Record<string, HostTensor>, step: StepFunction<string>): RecordedStep {
    this.separate();
    const before = this.state.map(({ variable }) => variable.clone());
    try {
      return scoped(() => {
        const examples = Object.fromEntries(Object.entries(inputs).map(([input, host]) => [input, toTensor(host)]));
        const given = [
          ...Object.entries(examples).map(([input, tensor]) => ({ tensor, endpoint: inputEndpoint(name, input) })),
          ...this.state.map(({ name: of, variable }) => ({ tensor: variable, endpoint: stateEndpoint(of) })),
        ];
        const { nodes, updates, result } = record(given, (endpointOf) => {
          const { outputs, commit } = step(examples);
          return {
            outputs: Object.entries(outputs).map(([output, tensor]) => ({ name: output, endpoint: endpointOf(tensor), dtype: graphType(tensor.dtype) })),
            commit: commit && endpointOf(commit),
            assigned: new Map<string, Endpoint>(
              this.state.map(({ name: of, variable }) => [of, endpointOf(variable)] as const).filter(([of, endpoint]) => endpoint !== stateEndpoint(of)),
            ),
          };
        }, name);
        const ports = Object.entries(inputs).map(([input, { dtype, shape }]): PortSpec => ({ name: input, dtype: graphType(hostType(dtype, input)), shape }));
        const precise = this.options.precision === 'bfloat16' ? toMixedPrecision(nodes) : nodes;
        return { name, inputs: ports, nodes: precise, updates, ...result, ...(precise.length > (this.options.optimizedUpTo ?? optimizedUpTo(precise)) && { calls: [] }) };
      });
    } finally {
      // Recording ran the step once for real.
      this.state.forEach(({ variable }, index) => {
        variable.assign(before[index] as Tensor);
        before[index]?.dispose();
      });
    }
  }

  /** tfjs lets a clone share its original's data; a recording tells tensors apart by their data. */
  private separate(): void {
    const seen = new Set<object>();
    for (const { variable } of this.state) {
      if (seen.has(variable.dataId)) tf().tidy(() => variable.assign(rawOp('DeepCopy', [variable], { T: { type: graphType(variable.dtype) } })));
      seen.add(variable.dataId);
    }
  }

  private open(): GraphSession {
    if (!this.session) {
      const { nodes, functions } = buildGraph(this.ports, [...this.recorded.values()]);
      this.session = new GraphSession(nodes, functions);
    }
    return this.session;
  }

  private push(session: GraphSession): void {
    const feeds = this.state.map(({ variable }, index) => {
      const { dtype, shape, name } = this.ports[index] as PortSpec;
      return { endpoint: FEED.state(name), dtype, shape, data: toHost(variable).data };
    });
    session.run(feeds, [FETCH.initialized]);
    this.loaded = true;
  }
}

/** One step of a program. */
export class CapturedStep<I extends string = string> {
  constructor(
    private readonly program: Program,
    readonly name: string,
    private readonly step: StepFunction<I>,
  ) {}

  /**
   * Runs the step; records it first when these shapes and dtypes are new. The inputs' memory is read in place.
   *
   * @param fetches Names of its outputs; at least one.
   * @throws CoreError UNIMPLEMENTED naming the operation that can't be captured, and the line that asked for it.
   */
  run(inputs: Record<I, HostTensor>, fetches: readonly string[]): HostTensor[] {
    return this.program.run(this.name, inputs, this.step, fetches);
  }
}

function signature(name: string, inputs: Record<string, HostTensor>): string {
  return [name, ...Object.entries(inputs).map(([input, { dtype, shape }]) => `${input}:${dtype}${formatShape(shape)}`)].join(' ');
}

function changedBy({ updates, assigned }: RecordedStep): string[] {
  const inPlace = updates.flatMap(({ variables }) => variables.map((endpoint) => endpoint.slice('read/'.length, -':0'.length)));
  return [...inPlace, ...assigned.keys()];
}

function hostType(dtype: HostTensor['dtype'], input: string): Exclude<HostTensor['dtype'], 'uint8'> {
  if (dtype === 'uint8') throw new CoreError('UNIMPLEMENTED', `input ${input}: received uint8; a captured step takes float32, int32 and bool`);
  return dtype;
}
