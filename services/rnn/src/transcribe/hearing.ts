import { QuartetError, type rnn, type Version } from '@quartet/contracts';
import type { HostTensor } from '@quartet/core';
import type { CallScope, FamilyRuntime } from '@quartet/service-kit';
import { bucketOf } from '../audio/buckets';
import { FrontEnd, type Features } from '../audio/front-end';
import { Listener, strangeness } from '../audio/listen';
import { Decoder } from './decode';
import { spokenBatch } from './examples';
import { CHUNK, functionOf, type TranscriberPlan } from './plan';
import { noSound } from './sound';
import { Units } from './units';

/** What was heard of one recording. */
export interface Heard {
  decoder: Decoder;
  units: Units;
  seconds: number;
  secondsPerStep: number;
  warnings: string[];
}

/** Listens to the samples of one recording. */
export interface Hearing {
  /** @returns What was said so far, where the model can tell and something was added. */
  push(samples: Float32Array): Promise<rnn.PartialTranscript | undefined>;
  finish(): Promise<Heard>;
}

/** Runs logits' function of the model. */
type Run = (method: string, inputs: Record<string, HostTensor>) => Promise<Record<string, HostTensor>>;

export function openHearing(runtime: FamilyRuntime, version: Version, plan: TranscriberPlan, beamWidth: number, call: CallScope): Hearing {
  const run: Run = (method, inputs) => runtime.infer(version, method, inputs, call);
  const parts = { plan, frontEnd: new FrontEnd(plan.frontEnd), units: new Units(plan), decoder: decoderFor(plan, beamWidth), beamWidth, run };
  return plan.network.bidirectional ? new WholeHearing(parts) : new LiveHearing(parts);
}

const decoderFor = ({ vocabulary }: TranscriberPlan, beamWidth: number): Decoder => new Decoder(vocabulary.length + 1, beamWidth);

interface Parts {
  plan: TranscriberPlan;
  frontEnd: FrontEnd;
  units: Units;
  decoder: Decoder;
  beamWidth: number;
  run: Run;
}

/** Keeps the samples, and looks after what warnings come from. */
abstract class AnyHearing implements Hearing {
  private readonly pieces: Float32Array[] = [];
  private readonly listener = new Listener();
  protected count = 0;

  constructor(protected readonly parts: Parts) {}

  abstract push(samples: Float32Array): Promise<rnn.PartialTranscript | undefined>;
  abstract finish(): Promise<Heard>;

  protected keep(samples: Float32Array): void {
    this.listener.push(samples);
    this.pieces.push(samples);
    this.count += samples.length;
  }

  /** All samples. @throws QuartetError for too few. */
  protected whole(): Float32Array {
    const { frontEnd } = this.parts;
    if (this.count === 0) throw noSound();
    const ms = (samples: number): number => Math.round((samples / frontEnd.plan.sampleRate) * 1000);
    if (frontEnd.steps(this.count) < 1) throw QuartetError.invalid('audio', `received ${ms(this.count)} ms, expected at least ${ms(frontEnd.samples(1))} ms; send a longer recording`, 'SHAPE_MISMATCH');
    const all = new Float32Array(this.count);
    let at = 0;
    for (const piece of this.pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  }

  /** Nothing but silence so far: the training knows none, and a network would make words of it. */
  protected get silent(): boolean {
    return this.listener.silent;
  }

  protected heard(samples: Float32Array): Heard {
    const { units, frontEnd, plan, beamWidth } = this.parts;
    const decoder = this.silent ? decoderFor(plan, beamWidth) : this.parts.decoder;
    const quality = this.listener.warnings();
    const warnings = quality.length > 0 ? quality : strangeness(samples, frontEnd);
    return { decoder, units, seconds: samples.length / frontEnd.plan.sampleRate, secondsPerStep: frontEnd.secondsPerStep, warnings };
  }
}

/** A model of both directions: needs the recording's end. */
class WholeHearing extends AnyHearing {
  push(samples: Float32Array): Promise<undefined> {
    this.keep(samples);
    const { plan, frontEnd } = this.parts;
    const most = plan.buckets.at(-1)!;
    if (frontEnd.steps(this.count) > most) {
      const seconds = (frontEnd.samples(most + 1) / plan.frontEnd.sampleRate).toFixed(1);
      throw QuartetError.invalid('audio', `is longer than the longest that this model was trained for, expected less than ${seconds} s; cut it into shorter pieces, or use a model that reads in one direction`, 'SHAPE_MISMATCH');
    }
    return Promise.resolve(undefined);
  }

  async finish(): Promise<Heard> {
    const samples = this.whole();
    const { plan, frontEnd, decoder, run } = this.parts;
    const features = frontEnd.of(samples);
    const bucket = bucketOf(features.steps, plan.buckets)!;
    const { x, steps } = spokenBatch([{ features, labels: [0] }], { bucket, longest: 1, size: 1, width: frontEnd.features }).inputs;
    const { logits } = await run(functionOf(plan, bucket), { x: x!, steps: steps! });
    await decoder.push(logits!.data, features.steps);
    return this.heard(samples);
  }
}

/** A model of one direction: goes on from its state, a chunk of steps at a time. */
class LiveHearing extends AnyHearing {
  private readonly stream: (samples: Float32Array) => Features;
  /** Steps that don't fill a chunk yet, [steps, features]. */
  private waiting = new Float32Array(0);
  private state: Record<string, HostTensor> | undefined;

  constructor(parts: Parts) {
    super(parts);
    this.stream = parts.frontEnd.stream();
  }

  async push(samples: Float32Array): Promise<rnn.PartialTranscript | undefined> {
    if (samples.length === 0) return undefined;
    this.keep(samples);
    const { frontEnd, decoder } = this.parts;
    const fresh = this.stream(samples);
    const all = new Float32Array(this.waiting.length + fresh.data.length);
    all.set(this.waiting);
    all.set(fresh.data, this.waiting.length);
    const chunk = CHUNK * frontEnd.features;
    const before = decoder.steps;
    let at = 0;
    for (; at + chunk <= all.length; at += chunk) await this.hear(all.subarray(at, at + chunk), CHUNK);
    this.waiting = all.slice(at);
    if (decoder.steps === before) return undefined;
    return this.soFar();
  }

  async finish(): Promise<Heard> {
    const samples = this.whole();
    const left = this.waiting.length / this.parts.frontEnd.features;
    if (left > 0) await this.hear(this.waiting, left);
    return this.heard(samples);
  }

  /** What was said so far. */
  private soFar(): rnn.PartialTranscript {
    const { units, decoder, frontEnd } = this.parts;
    return { text: this.silent ? '' : units.text(decoder.best()[0]!.labels), seconds: this.count / frontEnd.plan.sampleRate };
  }

  private async hear(data: Float32Array, steps: number): Promise<void> {
    const { frontEnd, decoder, run, plan } = this.parts;
    const x = new Float32Array(CHUNK * frontEnd.features);
    x.set(data);
    const state = (this.state ??= initialState(plan));
    const outputs = await run('serving_default', {
      x: { dtype: 'float32', shape: [1, CHUNK, frontEnd.features], data: x },
      steps: { dtype: 'int32', shape: [1], data: Int32Array.of(steps) },
      ...state,
    });
    // A copy: the batch that it was part of is not kept alive by it.
    this.state = Object.fromEntries(Object.keys(state).map((name) => [name, { ...outputs[nextOf(name)]!, data: outputs[nextOf(name)]!.data.slice() }]));
    await decoder.push(outputs['logits']!.data, steps);
  }
}

/** `state0` -> `nextState0`, as core names them. */
const nextOf = (name: string): string => `nextS${name.slice(1)}`;

/** Zeros: an LSTM has two states a layer, the others one. */
function initialState({ network: { cell, layers, units } }: TranscriberPlan): Record<string, HostTensor> {
  const count = layers * (cell === 'lstm' ? 2 : 1);
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`state${index}`, { dtype: 'float32' as const, shape: [1, units], data: new Float32Array(units) }]));
}
