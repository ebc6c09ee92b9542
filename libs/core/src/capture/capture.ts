import { scoped, type Tensor } from '../engine';
import { CoreError } from '../errors';
import { DataType } from '../generated/tensorflow/core/framework/types';
import { record } from '../graph/recorder';
import type { Endpoint } from '../graph/node';
import type { NamedVariable } from '../layers/layer';
import { toHost, toTensor } from '../tensor/convert';
import { formatShape, type HostTensor, type TensorData } from '../tensor/host-tensor';
import { buildGraph, FEED, FETCH, inputEndpoint, stateEndpoint, type PortSpec } from './graph';
import { GraphSession } from './session';

/** What a step gives back while it is recorded. */
export interface StepOutputs {
  outputs: Record<string, Tensor>;
  /** A bool scalar: where it is false, the run changes no state. */
  commit?: Tensor;
}

/**
 * Records one run of `step` and compiles it into a TensorFlow graph that runs as one native call, on every thread at once.
 * `step` must be a pure function of its inputs and the state: what depends on a tensor's values stays inside TensorFlow. The
 * variables of `state` keep their values; those that the step assigns live in the session from then on, and `pull` brings
 * them back.
 *
 * @param inputs An example of each input: float32, int32 or bool, of the shape that every run will have.
 * @throws CoreError UNIMPLEMENTED naming the operation that can't be captured.
 */
export function capture<I extends string>(
  inputs: Record<I, HostTensor>,
  state: readonly NamedVariable[],
  step: (inputs: Record<I, Tensor>) => StepOutputs,
): CapturedStep<I> {
  const before = state.map(({ variable }) => toHost(variable));
  try {
    return scoped(() => {
      const examples = mapValues(inputs, toTensor);
      const given = [
        ...Object.entries<Tensor>(examples).map(([name, tensor]) => ({ tensor, endpoint: inputEndpoint(name) })),
        ...state.map(({ name, variable }) => ({ tensor: variable, endpoint: stateEndpoint(name) })),
      ];
      const { nodes, result } = record(given, (endpointOf) => {
        const { outputs, commit } = step(examples);
        return {
          outputs: Object.entries(outputs).map(([name, tensor]) => ({ name, endpoint: endpointOf(tensor), dtype: graphType(tensor.dtype) })),
          commit: commit && endpointOf(commit),
          updates: new Map<string, Endpoint>(
            state.map(({ name, variable }) => [name, endpointOf(variable)] as const).filter(([name, endpoint]) => endpoint !== stateEndpoint(name)),
          ),
        };
      });
      const ports = {
        inputs: Object.entries<HostTensor>(inputs).map(([name, { dtype, shape }]): PortSpec => ({ name, dtype: graphType(dtype), shape })),
        state: state.map(({ name, variable }): PortSpec => ({ name, dtype: graphType(variable.dtype), shape: variable.shape })),
      };
      const session = new GraphSession(buildGraph({ ...ports, nodes, ...result }));
      return new CapturedStep<I>(session, ports, state, new Set(result.updates.keys()));
    });
  } finally {
    // Recording ran the step once for real.
    state.forEach(({ variable }, index) => assign(variable, before[index] as HostTensor));
  }
}

/** A compiled step with its state. */
export class CapturedStep<I extends string> {
  /** Whether the session's state is newer than the variables. */
  private ahead = false;
  private loaded = false;

  constructor(
    private readonly session: GraphSession,
    private readonly ports: { inputs: PortSpec[]; state: PortSpec[] },
    private readonly state: readonly NamedVariable[],
    private readonly updated: ReadonlySet<string>,
  ) {}

  /** Runs the step; `fetches` are names of its outputs. The inputs' memory is read in place. */
  run(inputs: Record<I, HostTensor['data']>, fetches: readonly string[]): HostTensor[] {
    if (!this.loaded) this.push();
    const feeds = this.ports.inputs.map(({ name, dtype, shape }) => {
      const data: TensorData = inputs[name as I];
      if (data.length !== shape.reduce((a, b) => a * b, 1)) {
        throw new CoreError('SHAPE_MISMATCH', `input ${name}: received ${data.length} numbers, expected ${formatShape(shape)}, for which the step was captured`);
      }
      return { endpoint: FEED.input(name), dtype, shape, data };
    });
    this.ahead = true;
    return this.session.run(feeds, fetches.map(FETCH.output));
  }

  /** Says that the variables were changed from outside: the next run takes their values. */
  invalidate(): void {
    this.loaded = false;
    this.ahead = false;
  }

  /** Brings the state back into the variables. */
  pull(): void {
    if (!this.ahead) return;
    const changed = this.state.filter(({ name }) => this.updated.has(name));
    const values = this.session.run([], changed.map(({ name }) => FETCH.state(name)));
    changed.forEach(({ variable }, index) => assign(variable, values[index] as HostTensor));
    this.ahead = false;
  }

  /** Frees the session and its state; `pull` first what is still wanted. */
  dispose(): void {
    this.session.dispose();
  }

  private push(): void {
    const feeds = this.state.map(({ variable }, index) => {
      const { dtype, shape, name } = this.ports.state[index] as PortSpec;
      return { endpoint: FEED.state(name), dtype, shape, data: toHost(variable).data };
    });
    this.session.run(feeds, [FETCH.initialized]);
    this.loaded = true;
  }
}

function assign(variable: NamedVariable['variable'], value: HostTensor): void {
  const tensor = toTensor(value);
  variable.assign(tensor);
  tensor.dispose();
}

function graphType(dtype: string): DataType {
  if (dtype === 'float32') return DataType.DT_FLOAT;
  if (dtype === 'int32') return DataType.DT_INT32;
  if (dtype === 'bool') return DataType.DT_BOOL;
  throw new CoreError('UNIMPLEMENTED', `received ${dtype}; a captured step takes and gives float32, int32 and bool`);
}

function mapValues<K extends string, A, B>(record: Record<K, A>, of: (value: A) => B): Record<K, B> {
  return Object.fromEntries(Object.entries<A>(record).map(([key, value]) => [key, of(value)])) as Record<K, B>;
}
