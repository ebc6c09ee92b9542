import type { Precision } from '../capture/mixed-precision';
import { Program, type CapturedStep, type StepOutputs } from '../capture/program';
import { scoped, tf, type Scalar, type Tensor } from '../engine';
import type { NamedVariable } from '../layers/layer';
import { clipGradients } from '../optimizers/clip';
import type { Optimizer } from '../optimizers/optimizer';
import type { Seed } from '../random';
import { toHost, toTensor } from '../tensor/convert';
import type { HostTensor } from '../tensor/host-tensor';
import { withAverages } from './averages';
import { differentiate } from './differentiate';
import { Diagnostics, type StepDiagnostics } from './diagnostics';
import { findNotFinite, type NotFinite } from './not-finite';
import type { ExampleBatch, Objective, ObjectiveInputs } from './objective';
import type { Clipping } from './options';
import type { StepPlan } from './plan-step';
import { RecurrentWatch } from './recurrent-watch';

export interface StepResult {
  /** Mean over the batch. */
  loss: number;
  /** Means over the batch, before the update; in the objective's order. */
  metrics: number[];
  /** L2 norm of all gradients, before clipping. */
  gradientNorm: number;
  /** Where they were asked for. */
  diagnostics?: StepDiagnostics;
  /** Set when loss or gradients aren't finite: then no state was changed. */
  notFinite?: NotFinite;
  /** Of a recurrent net whose step wasn't finite: |dL/dh_t| by cell; see RecurrentObservation. */
  curves?: Record<string, number[]>;
}

export interface BatchEvaluation {
  loss: number;
  metrics: number[];
  /** Those of the objective's outputs that were asked for. */
  outputs: Record<string, HostTensor>;
}

export interface TrainingStepOptions {
  objective: Objective;
  /** Of the objective's trainable weights. If it keeps averages, `evaluate` measures those. */
  optimizer: Optimizer;
  /** Whether some steps only add their gradients. */
  accumulates: boolean;
  clip: Clipping;
  /** Of captured steps. */
  precision?: Precision;
  seed: Seed;
  /** Runs each step operation by operation instead. */
  eager?: boolean;
}

/** What of a step isn't the objective's own: nothing in a step depends on their values but through TensorFlow. */
const OWN = { weights: 'trainer/exampleWeights', step: 'trainer/step', rate: 'trainer/rate', decay: 'trainer/decay', averaged: 'trainer/averaged', share: 'trainer/share' } as const;

type Inputs<T> = Record<string, T>;

/**
 * The steps of a training: forward, backward, update; forward and backward with gradients only added; forward alone, to
 * evaluate. Each is captured once for each shape of batch and runs as one graph. The state lives in TensorFlow's session, where
 * all of them share it; `sync` brings it into the model's and the optimizer's variables.
 */
export class TrainingStep {
  private readonly trainable: NamedVariable[];
  private readonly program: Program;
  private readonly diagnostics: Diagnostics;
  private readonly recurrent: RecurrentWatch;
  private readonly evaluating: CapturedStep;
  private readonly accumulating: CapturedStep;
  private updating: CapturedStep;
  private clip: Clipping;

  constructor(private readonly options: TrainingStepOptions) {
    const { objective, optimizer, clip } = options;
    this.trainable = objective.weights.filter(({ trainable }) => trainable);
    this.diagnostics = new Diagnostics(this.trainable);
    this.recurrent = new RecurrentWatch(this.trainable);
    this.program = new Program([...objective.weights, ...optimizer.slots], { precision: options.precision });
    this.evaluating = this.program.step('evaluate', (tensors) => ({ outputs: this.measure(tensors) }));
    this.accumulating = this.program.step('accumulate', (tensors) => this.record(tensors, false));
    this.clip = clip;
    this.updating = this.updatingStep();
  }

  /** @param step From 0: keys randomness. */
  run(batch: ExampleBatch, step: number, plan: StepPlan, learningRate: number): StepResult {
    const inputs = this.inputs(batch, step, plan, learningRate);
    const [summary, diagnostics, curves, kernels] = this.options.eager ? this.runEagerly(inputs, plan) : this.runCaptured(inputs, plan);
    const [loss = NaN, gradientNorm = NaN, ...metrics] = Array.from(summary ?? []);
    if (counts(summary)) {
      const recurrent = curves && kernels ? { recurrent: this.recurrent.read(curves, kernels) } : {};
      return { loss, metrics, gradientNorm, diagnostics: diagnostics && { ...this.diagnostics.read(diagnostics), ...recurrent } };
    }
    // Nothing was changed: the same step, eagerly, tells which tensor it was.
    this.sync();
    const { objective } = this.options;
    const result: StepResult = { loss, metrics, gradientNorm };
    const found = findNotFinite(objective, this.trainable, batch, () => this.given(onDevice(inputs), true), (learnt) => {
      if (this.recurrent.active) result.curves = this.recurrent.readCurves(this.recurrent.outputs(learnt).curves.dataSync());
    });
    return { ...result, notFinite: found ?? { tensor: 'gradient norm', value: gradientNorm } };
  }

  /** Loss and metrics of a batch that isn't learnt from. @param outputs Names of the objective's outputs that are wanted. */
  evaluate(batch: ExampleBatch, outputs: readonly string[] = []): BatchEvaluation {
    const inputs = { ...batch.inputs, [OWN.weights]: exampleWeights(batch) };
    const fetches = ['summary', ...outputs.map(outputName)];
    const [summary, ...values] = this.options.eager
      ? scoped(() => {
          const measured = this.measure(onDevice(inputs));
          return fetches.map((name) => toHost(measured[name] as Tensor));
        })
      : this.evaluating.run(inputs, fetches);
    const [loss = NaN, ...metrics] = summary?.data ?? [];
    return { loss, metrics, outputs: Object.fromEntries(outputs.map((name, index) => [name, values[index] as HostTensor])) };
  }

  /** Clips so from the next step on. */
  setClip(clip: Clipping): void {
    this.clip = clip;
    this.updating = this.updatingStep();
  }

  /** Brings weights and slots up to date after steps. */
  sync(): void {
    this.program.pull();
  }

  /** To be called after weights or slots were set from outside. */
  invalidate(): void {
    this.program.invalidate();
  }

  dispose(): void {
    this.program.dispose();
  }

  private updatingStep(): CapturedStep {
    return this.program.step(`update ${JSON.stringify(this.clip)}`, (tensors) => this.record(tensors, true));
  }

  private runCaptured(inputs: Inputs<HostTensor>, { averaged, diagnose }: StepPlan): ArrayLike<number>[] {
    const step = averaged === 0 ? this.accumulating : this.updating;
    const run = (...fetches: string[]) => step.run(inputs, fetches).map(({ data }) => data);
    if (!diagnose) return run('summary');
    try {
      return this.recurrent.active ? run('summary', 'diagnostics', 'curves', 'kernels') : run('summary', 'diagnostics');
    } catch (error) {
      // A step that changes nothing has no changes to measure, and TensorFlow then refuses the fetch.
      const again = run('summary');
      if (counts(again[0])) throw error;
      return again;
    }
  }

  private runEagerly(inputs: Inputs<HostTensor>, { averaged, diagnose }: StepPlan): ArrayLike<number>[] {
    return scoped(() => {
      const tensors = onDevice(inputs);
      const learnt = differentiate(this.options.objective, this.trainable, this.given(tensors, true));
      const summary = tf().stack([learnt.loss, learnt.norm, ...learnt.metrics]).dataSync();
      if (!counts(summary)) return [summary];
      const measure = this.diagnostics.begin(learnt);
      const recurrent = diagnose && this.recurrent.active ? Object.values(this.recurrent.outputs(learnt)).map((each) => each.dataSync()) : [];
      this.change(learnt.gradients, tensors, averaged > 0);
      return diagnose ? [summary, measure().dataSync(), ...recurrent] : [summary];
    });
  }

  private record(tensors: Inputs<Tensor>, updates: boolean): StepOutputs {
    const learnt = differentiate(this.options.objective, this.trainable, this.given(tensors, true));
    const { loss, norm, metrics, gradients } = learnt;
    const measure = this.diagnostics.begin(learnt);
    const recurrent = this.recurrent.active ? this.recurrent.outputs(learnt) : {};
    this.change(gradients, tensors, updates);
    return {
      outputs: { summary: tf().stack([loss, norm, ...metrics]), diagnostics: measure(), ...recurrent },
      commit: tf().stack([loss, norm]).isFinite().all(),
    };
  }

  private change(gradients: readonly Tensor[], tensors: Inputs<Tensor>, updates: boolean): void {
    const { optimizer, accumulates } = this.options;
    if (!updates) return optimizer.accumulate(gradients);
    const [rate, decay, share] = [tensors[OWN.rate], tensors[OWN.decay], tensors[OWN.share]] as [Scalar, Scalar, Scalar];
    const all = accumulates ? optimizer.takeAccumulated(gradients).map((sum) => sum.mul(share)) : gradients;
    optimizer.apply(clipGradients(all, this.clip), { rate, decay, averaged: tensors[OWN.averaged] as Scalar | undefined });
  }

  private measure(tensors: Inputs<Tensor>): Record<string, Tensor> {
    const { objective, optimizer } = this.options;
    return withAverages(this.trainable, optimizer.averages, () => {
      const { loss, metrics = {}, outputs = {} } = objective.compute(this.given(tensors, false));
      const summary = tf().stack([loss, ...objective.metrics.map((name) => metrics[name] as Scalar)]);
      return { summary, ...Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [outputName(name), tensor])) };
    });
  }

  private given(tensors: Inputs<Tensor>, training: boolean): ObjectiveInputs {
    const random = training ? { seed: this.options.seed, step: tensors[OWN.step] as Scalar } : undefined;
    return { inputs: tensors, exampleWeights: tensors[OWN.weights] as Tensor, context: { training, random } };
  }

  private inputs(batch: ExampleBatch, step: number, { update, averaged }: StepPlan, learningRate: number): Inputs<HostTensor> {
    const { rate, decay } = this.options.optimizer.coefficients(update, learningRate);
    return {
      ...batch.inputs,
      [OWN.weights]: exampleWeights(batch),
      [OWN.step]: { dtype: 'int32', shape: [], data: Int32Array.of(step) },
      [OWN.rate]: scalar(rate),
      [OWN.decay]: scalar(decay),
      ...(this.options.optimizer.averages.size > 0 && { [OWN.averaged]: scalar(this.options.optimizer.averagedShare(update)) }),
      ...(this.options.accumulates && { [OWN.share]: scalar(1 / Math.max(averaged, 1)) }),
    };
  }
}

/** Whether a step changes state: its loss and gradient norm, which come first, are finite. */
const counts = (summary: ArrayLike<number> | undefined): boolean => Number.isFinite(summary?.[0]) && Number.isFinite(summary?.[1]);

const outputName = (name: string): string => `output/${name}`;

const scalar = (value: number): HostTensor => ({ dtype: 'float32', shape: [], data: Float32Array.of(value) });

function onDevice(inputs: Inputs<HostTensor>): Inputs<Tensor> {
  return Object.fromEntries(Object.entries(inputs).map(([name, host]) => [name, toTensor(host)]));
}

function exampleWeights({ inputs, count }: ExampleBatch): HostTensor {
  const size = Object.values(inputs)[0]?.shape[0] ?? 0;
  return { dtype: 'float32', shape: [size], data: new Float32Array(size).fill(1 / count, 0, count) };
}
