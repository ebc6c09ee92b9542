import { setImmediate } from 'node:timers/promises';
import { CoreError } from '../errors';
import { Optimizer } from '../optimizers/optimizer';
import { assignHost, toHost } from '../tensor/convert';
import type { HostTensor } from '../tensor/host-tensor';
import type { EvaluationSource } from './batches';
import { checkFingerprint, decodeCheckpoint, encodeCheckpoint, type Checkpoint, type Fingerprint } from './checkpoint';
import { diagnosticMetrics } from './diagnostics';
import { recordEpoch, stopsEarly } from './epochs';
import type { DiagnosticEvent, Metrics, TrainingEvent, TrainingResult } from './events';
import { judgeEpochs, judgeStep, observeStep, type Finding } from './health';
import type { ExampleBatch } from './objective';
import type { TrainerOptions } from './options';
import { planStep } from './plan-step';
import { Progress } from './progress';
import { Rollback } from './rollback';
import { scheduleFactor } from './schedule';
import { optimizerSpec, resolveSettings, type ResolvedSettings } from './settings';
import { addToSums, emptySums, initialState, meansOf, type TrainingState } from './state';
import { TrainingStep, type StepResult } from './step';
import { whereLost, type TimeHealth } from './time-health';
import { exportVariables, importVariables } from './variables';

export interface EvaluateOptions {
  /** Names of the objective's outputs that `see` is to get: `logits`. */
  outputs?: readonly string[];
  /** Told of each batch. */
  see?: (batch: ExampleBatch, outputs: Record<string, HostTensor>) => void;
  signal?: AbortSignal;
}

/**
 * Trains a model towards its objective. Equal options, seeds and data give equal weights, bit for bit, whether interrupted and
 * resumed or not.
 *
 * @example
 * const objective = classificationObjective(network);
 * const trainer = new Trainer({ objective, training, validation, epochs: 5, schedule: 'warmupCosine' });
 * const { outcome, history } = await trainer.train();
 */
export class Trainer {
  readonly totalSteps: number;
  private readonly settings: ResolvedSettings;
  private readonly optimizer: Optimizer;
  private readonly trainingStep: TrainingStep;
  /** Elements of each weight. */
  private readonly sizes: ReadonlyMap<string, number>;
  private readonly rollback: Rollback;
  private state: TrainingState = initialState();

  /** @throws CoreError INVALID_FIELD with a violation for each option out of its range. */
  constructor(private readonly options: TrainerOptions) {
    const { objective, training } = options;
    this.settings = resolveSettings(options);
    if (!Number.isInteger(training.stepsPerEpoch) || training.stepsPerEpoch < 1) {
      throw new CoreError('UNUSABLE_DATASET', `received ${training.stepsPerEpoch} steps an epoch, expected at least 1`);
    }
    this.totalSteps = this.settings.epochs * training.stepsPerEpoch;
    this.rollback = new Rollback(this.settings);
    this.sizes = new Map(objective.weights.map(({ name, variable }) => [name, variable.size]));
    const { optimizer, weightDecay, clip, accumulateSteps, precision, ema, seed } = this.settings;
    const trainable = objective.weights.filter((weight) => weight.trainable);
    const accumulates = accumulateSteps > 1;
    this.optimizer = new Optimizer(optimizerSpec(optimizer), trainable, { weightDecay, accumulates, ema: ema ?? undefined });
    this.trainingStep = new TrainingStep({ objective, optimizer: this.optimizer, accumulates, clip, precision, seed: BigInt(seed), eager: options.eager });
  }

  /** Steps done since the very start, interruptions included; less after going back to a checkpoint. */
  get step(): number {
    return this.state.step;
  }

  /**
   * Trains to the end, or until the signal aborts (at the next step). Between two steps other work of the thread runs.
   * After a cancelled training, `saveCheckpoint` has all that is needed to go on.
   */
  async train(signal?: AbortSignal): Promise<TrainingResult> {
    const { stepsPerEpoch } = this.options.training;
    const progress = new Progress(this.options.progressEveryMs ?? 500);
    while (true) {
      // An interruption may have come between an epoch's last step and the end of its validation.
      const epochsDone = Math.floor(this.state.step / stepsPerEpoch);
      if (this.state.history.length < epochsDone) {
        if (!(await this.endEpoch(progress, signal))) return this.result('cancelled');
        await this.checkpointIfDue();
      }
      if (stopsEarly(this.state, this.settings)) return this.finish('stoppedEarly');
      if (this.state.step >= this.totalSteps) return this.finish('completed');
      if (signal?.aborted) return this.result('cancelled');

      if (this.state.step % stepsPerEpoch === 0 && this.rollback.isDue(this.state.step)) this.rollback.mark(this.state.step, this.encode());
      const failure = await this.runStep(progress);
      if (failure && !(await this.retry(failure))) return this.fail(failure);
      if (!failure && this.state.step % stepsPerEpoch !== 0) await this.checkpointIfDue();
      await setImmediate();
    }
  }

  /**
   * Loss and metrics of examples that aren't learnt from, by the weights as they stand (their averages, where those are kept);
   * between two batches other work of the thread runs.
   *
   * @throws CoreError UNUSABLE_DATASET when there are no examples; the signal's reason when it aborts.
   */
  async evaluate(source: EvaluationSource, { outputs, see, signal }: EvaluateOptions = {}): Promise<Metrics> {
    const { objective } = this.options;
    const sums = emptySums();
    for await (const batch of source.batches()) {
      signal?.throwIfAborted();
      objective.check(batch);
      const evaluation = this.trainingStep.evaluate(batch, outputs);
      addToSums(sums, evaluation.loss, evaluation.metrics, batch.count);
      see?.(batch, evaluation.outputs);
      await setImmediate();
    }
    if (sums.examples === 0) throw new CoreError('UNUSABLE_DATASET', 'received no example to evaluate on, expected at least one');
    return meansOf(sums, objective.metrics);
  }

  /** Weights, slots, step, best weights and history as one safetensors blob. */
  saveCheckpoint(): Uint8Array {
    return this.encode(this.rollback.carriedAt(this.state.step));
  }

  /**
   * Goes back to a checkpoint, before `train`.
   *
   * @throws CoreError CORRUPT_DATA, SHAPE_MISMATCH, or WRONG_STATE when it is of a training with other options.
   */
  resumeFrom(bytes: Uint8Array): void {
    const checkpoint = decodeCheckpoint(bytes);
    checkFingerprint(checkpoint.fingerprint, this.fingerprint());
    this.restore(checkpoint);
    this.rollback.resume(checkpoint, bytes);
  }

  /** What was seen of the gradient through time, in a net with recurrent layers: its first look and its last. */
  get throughTime(): Pick<TimeHealth, 'first' | 'last'> {
    const { first, last } = this.state.health.time;
    return { first, last };
  }

  /** Frees the optimizer's slots; the model stays. */
  dispose(): void {
    this.trainingStep.dispose();
    this.optimizer.dispose();
  }

  private async runStep(progress: Progress): Promise<StepResult | undefined> {
    const { training, objective, diagnosticsEverySteps = 100 } = this.options;
    const { state } = this;
    const epoch = Math.floor(state.step / training.stepsPerEpoch);
    const batch = await progress.waitFor(() => training.batch(epoch, state.step % training.stepsPerEpoch));
    objective.check(batch);
    const learningRate = this.learningRate();
    const plan = planStep(state.step, training.stepsPerEpoch, this.settings.accumulateSteps, diagnosticsEverySteps);
    const result = this.trainingStep.run(batch, state.step, plan, learningRate);
    if (result.notFinite) return result;
    const { loss, metrics, gradientNorm, diagnostics } = result;
    state.step += 1;
    addToSums(state.sums, loss, metrics, batch.count);
    observeStep(state.health, loss);
    const findings = diagnostics ? judgeStep(state.health, { step: state.step, gradientNorm, diagnostics, sizes: this.sizes }) : [];
    if (progress.count(batch.count, plan.diagnose)) {
      const { examplesPerSecond, waitShare } = progress;
      const { last: look } = state.health.time;
      await this.emit({
        type: 'progress',
        step: state.step,
        totalSteps: this.totalSteps,
        epoch: epoch + 1,
        totalEpochs: this.settings.epochs,
        metrics: { ...this.means(), 'step/loss': loss, gradientNorm, learningRate, waitShare, ...(diagnostics && diagnosticMetrics(diagnostics)) },
        examplesPerSecond,
        ...(look?.step === state.step && { throughTime: look }),
      });
    }
    await this.tell(findings);
    return undefined;
  }

  private learningRate(): number {
    const { learningRate, schedule } = this.settings;
    const { step, plateau, retries } = this.state;
    return learningRate * scheduleFactor(schedule, step, this.totalSteps) * plateau.factor * this.rollback.rateFactor(retries);
  }

  /** @returns false if the signal aborted the validation. */
  private async endEpoch(progress: Progress, signal?: AbortSignal): Promise<boolean> {
    const { state } = this;
    const metrics: Metrics = this.means();
    try {
      Object.assign(metrics, await this.validate(signal));
    } catch (error) {
      if (signal?.aborted) return false;
      throw error;
    }
    const record = recordEpoch(state, this.settings, metrics, () => this.exportWeights());
    const findings = judgeEpochs(state.health, state.history);
    await this.emit({ type: 'epochEnd', ...record, seconds: progress.endEpoch() });
    await this.tell(findings);
    return true;
  }

  private async validate(signal?: AbortSignal): Promise<Metrics> {
    const { validation } = this.options;
    if (!validation) return {};
    const measured = await this.evaluate(validation, { signal });
    return Object.fromEntries(Object.entries(measured).map(([name, mean]) => [`validation/${name}`, mean]));
  }

  private means(): Metrics {
    return meansOf(this.state.sums, this.options.objective.metrics);
  }

  private async checkpointIfDue(): Promise<void> {
    const every = this.options.checkpointEverySteps ?? 0;
    if (every === 0 || this.state.step % every !== 0 || this.state.step >= this.totalSteps) return;
    const bytes = this.encode();
    this.rollback.mark(this.state.step, bytes);
    await this.emit({ type: 'checkpoint', step: this.state.step, bytes });
  }

  private encode(rollback?: Uint8Array): Uint8Array {
    this.trainingStep.sync();
    const weights = exportVariables(this.options.objective.weights);
    return encodeCheckpoint({ fingerprint: this.fingerprint(), state: this.state, weights, slots: exportVariables(this.optimizer.slots), rollback });
  }

  private restore({ state, weights, slots }: Checkpoint): void {
    importVariables(this.options.objective.weights, weights);
    importVariables(this.optimizer.slots, slots);
    this.trainingStep.invalidate();
    this.trainingStep.setClip(this.rollback.clip(state.retries));
    this.state = state;
  }

  /** Goes back as the policy says. @returns false if it doesn't. */
  private async retry(failure: StepResult): Promise<boolean> {
    const back = this.rollback.goBack(this.state);
    if (!back) return false;
    const evidence = this.evidenceOf(failure);
    const step = this.state.step + 1;
    this.restore(back.checkpoint);
    await this.emit({ type: 'diagnostic', verdict: 'not_finite', step, evidence, remedy: back.done, applied: true });
    return true;
  }

  private async fail(failure: StepResult): Promise<TrainingResult> {
    const diagnostic: DiagnosticEvent = {
      type: 'diagnostic',
      verdict: 'not_finite',
      step: this.state.step + 1,
      evidence: this.evidenceOf(failure),
      remedy:
        `train with a lower learning rate (it is ${this.settings.learningRate}), ` +
        `clip the gradients' global norm (say to 1), or look for outliers in the data`,
      applied: false,
    };
    await this.emit(diagnostic);
    return { ...this.result('notFinite'), diagnostic };
  }

  private evidenceOf({ notFinite, gradientNorm, curves = {} }: StepResult): string {
    const lost = whereLost(curves);
    return `the ${notFinite?.tensor} is ${notFinite?.value} at step ${this.state.step + 1} (gradient norm ${gradientNorm}${lost ? `; ${lost}` : ''})`;
  }

  private async tell(findings: readonly Finding[]): Promise<void> {
    for (const finding of findings) {
      const back = finding.verdict === 'exploding' && this.settings.onExploding === 'retry' ? this.rollback.goBack(this.state) : undefined;
      const step = this.state.step;
      if (back) this.restore(back.checkpoint);
      await this.emit({ type: 'diagnostic', ...finding, ...(back && { remedy: back.done }), step, applied: back !== undefined });
      // What comes after is of a training that is no more.
      if (back) return;
    }
  }

  /** The weights as they are to be used: averages, where they are kept. */
  private exportWeights(): Map<string, HostTensor> {
    this.trainingStep.sync();
    const weights = exportVariables(this.options.objective.weights);
    for (const [name, average] of this.optimizer.averages) weights.set(name, toHost(average));
    return weights;
  }

  private finish(outcome: 'completed' | 'stoppedEarly'): TrainingResult {
    const { best, bestWeights } = this.state;
    if (bestWeights || this.settings.ema) {
      const weights = bestWeights ?? this.exportWeights();
      importVariables(this.options.objective.weights, weights);
      // What is evaluated from now on is what the model holds.
      for (const [name, average] of this.optimizer.averages) assignHost(average, weights.get(name) as HostTensor);
      this.trainingStep.invalidate();
    }
    return { ...this.result(outcome), ...(bestWeights && { restoredEpoch: best?.epoch }) };
  }

  private result(outcome: TrainingResult['outcome']): TrainingResult {
    this.trainingStep.sync();
    return { outcome, step: this.state.step, history: [...this.state.history] };
  }

  private fingerprint(): Fingerprint {
    const { objective, training, validation } = this.options;
    return { ...this.settings, model: objective.fingerprint, stepsPerEpoch: training.stepsPerEpoch, validates: validation !== undefined };
  }

  private async emit(event: TrainingEvent): Promise<void> {
    await this.options.onEvent?.(event);
  }
}
