import { setImmediate } from 'node:timers/promises';
import { CoreError } from '../errors';
import { Optimizer } from '../optimizers/optimizer';
import type { NamedVariable } from '../layers/layer';
import { toHost, toTensor } from '../tensor/convert';
import { elementCount, formatShape, type HostTensor } from '../tensor/host-tensor';
import type { Batch } from './batches';
import { checkFingerprint, decodeCheckpoint, encodeCheckpoint, type Fingerprint } from './checkpoint';
import { evaluate } from './evaluate';
import type { DiagnosticEvent, EpochRecord, Metrics, TrainingEvent, TrainingResult } from './events';
import type { TrainerOptions } from './options';
import { Progress } from './progress';
import { scheduleFactor } from './schedule';
import { optimizerSpec, resolveSettings, type ResolvedSettings } from './settings';
import { emptySums, initialState, type TrainingState } from './state';
import { TrainingStep, type StepResult } from './step';

/**
 * Trains a network. Equal options, seeds and data give equal weights, bit for bit, whether interrupted and resumed or not.
 *
 * @example
 * const trainer = new Trainer({ network, training, validation, epochs: 5, schedule: 'warmupCosine' });
 * const { outcome, history } = await trainer.train();
 */
export class Trainer {
  readonly totalSteps: number;
  private readonly settings: ResolvedSettings;
  private readonly optimizer: Optimizer;
  private readonly trainingStep: TrainingStep;
  private state: TrainingState = initialState();

  /** @throws CoreError INVALID_FIELD with a violation for each option out of its range. */
  constructor(private readonly options: TrainerOptions) {
    const { network, training } = options;
    this.settings = resolveSettings(options);
    if (!Number.isInteger(training.stepsPerEpoch) || training.stepsPerEpoch < 1) {
      throw new CoreError('UNUSABLE_DATASET', `received ${training.stepsPerEpoch} steps an epoch, expected at least 1`);
    }
    this.totalSteps = this.settings.epochs * training.stepsPerEpoch;
    const { optimizer, weightDecay, clip, seed } = this.settings;
    this.optimizer = new Optimizer(optimizerSpec(optimizer), network.trainableWeights, { weightDecay });
    this.trainingStep = new TrainingStep(network, this.optimizer, clip, BigInt(seed), options.eager);
  }

  /** Steps done since the very start, interruptions included. */
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
      if (this.shouldStop()) return this.finish('stoppedEarly');
      if (this.state.step >= this.totalSteps) return this.finish('completed');
      if (signal?.aborted) return this.result('cancelled');

      const failure = await this.runStep(progress);
      if (failure) return this.diagnose(failure);
      if (this.state.step % stepsPerEpoch !== 0) await this.checkpointIfDue();
      await setImmediate();
    }
  }

  /** Weights, slots, step, best weights and history as one safetensors blob. */
  saveCheckpoint(): Uint8Array {
    this.trainingStep.sync();
    return encodeCheckpoint({
      fingerprint: this.fingerprint(),
      state: this.state,
      weights: this.options.network.exportWeights(),
      slots: new Map(this.optimizer.slots.map(({ name, variable }) => [name, toHost(variable)])),
    });
  }

  /**
   * Goes back to a checkpoint, before `train`.
   *
   * @throws CoreError CORRUPT_DATA, SHAPE_MISMATCH, or WRONG_STATE when it is of a training with other options.
   */
  resumeFrom(bytes: Uint8Array): void {
    const checkpoint = decodeCheckpoint(bytes);
    checkFingerprint(checkpoint.fingerprint, this.fingerprint());
    this.options.network.importWeights(checkpoint.weights);
    assignAll(this.optimizer.slots, checkpoint.slots);
    this.trainingStep.invalidate();
    this.state = checkpoint.state;
  }

  /** Frees the optimizer's slots; the network stays. */
  dispose(): void {
    this.trainingStep.dispose();
    this.optimizer.dispose();
  }

  private async runStep(progress: Progress): Promise<StepResult | undefined> {
    const { training, network } = this.options;
    const { state, settings } = this;
    const epoch = Math.floor(state.step / training.stepsPerEpoch);
    const batch = await training.batch(epoch, state.step % training.stepsPerEpoch);
    checkBatch(batch, network.spec.inputShape, network.spec.classes);
    const learningRate = settings.learningRate * scheduleFactor(settings.schedule, state.step, this.totalSteps);
    const result = this.trainingStep.run(batch, state.step, learningRate);
    if (result.notFinite) return result;
    state.step += 1;
    state.sums.loss += result.loss * batch.count;
    state.sums.accuracy += result.accuracy * batch.count;
    state.sums.examples += batch.count;
    if (progress.count(batch.count)) {
      await this.emit({
        type: 'progress',
        step: state.step,
        totalSteps: this.totalSteps,
        epoch: epoch + 1,
        totalEpochs: settings.epochs,
        metrics: { ...this.means(), 'step/loss': result.loss, gradientNorm: result.gradientNorm, learningRate },
        examplesPerSecond: progress.examplesPerSecond,
      });
    }
    return undefined;
  }

  /** @returns false if the signal aborted the validation. */
  private async endEpoch(progress: Progress, signal?: AbortSignal): Promise<boolean> {
    const { network, validation } = this.options;
    const { state } = this;
    const epoch = state.history.length + 1;
    const metrics: Metrics = this.means();
    this.trainingStep.sync();
    if (validation) {
      try {
        const { loss, accuracy } = await evaluate(network, validation, network.spec.classes, signal);
        metrics['validation/loss'] = loss;
        metrics['validation/accuracy'] = accuracy;
      } catch (error) {
        if (signal?.aborted) return false;
        throw error;
      }
    }
    const record = this.recordEpoch(epoch, metrics);
    state.sums = emptySums();
    await this.emit({ type: 'epochEnd', ...record, seconds: progress.endEpoch() });
    return true;
  }

  private recordEpoch(epoch: number, metrics: Metrics): EpochRecord {
    const { state } = this;
    const { earlyStopping } = this.settings;
    const loss = metrics['validation/loss'] ?? metrics.loss ?? Infinity;
    const best = state.best === undefined || loss < state.best.loss - (earlyStopping?.minDelta ?? 0);
    const record: EpochRecord = { epoch, metrics, best };
    state.history.push(record);
    state.epochsWithoutBetter = best ? 0 : state.epochsWithoutBetter + 1;
    if (best) {
      state.best = { epoch, loss };
      if (this.stopsEarly()) state.bestWeights = this.options.network.exportWeights();
    }
    return record;
  }

  private stopsEarly(): boolean {
    return this.settings.earlyStopping !== null && this.options.validation !== undefined;
  }

  private shouldStop(): boolean {
    const { earlyStopping } = this.settings;
    return earlyStopping !== null && this.stopsEarly() && this.state.epochsWithoutBetter >= earlyStopping.patience;
  }

  private means(): Metrics {
    const { loss, accuracy, examples } = this.state.sums;
    return { loss: loss / examples, accuracy: accuracy / examples };
  }

  private async checkpointIfDue(): Promise<void> {
    const every = this.options.checkpointEverySteps ?? 0;
    if (every === 0 || this.state.step % every !== 0 || this.state.step >= this.totalSteps) return;
    await this.emit({ type: 'checkpoint', step: this.state.step, bytes: this.saveCheckpoint() });
  }

  private finish(outcome: 'completed' | 'stoppedEarly'): TrainingResult {
    const { best, bestWeights } = this.state;
    if (!best || !bestWeights) return this.result(outcome);
    this.options.network.importWeights(bestWeights);
    this.trainingStep.invalidate();
    return { ...this.result(outcome), restoredEpoch: best.epoch };
  }

  private async diagnose({ notFinite, gradientNorm }: StepResult): Promise<TrainingResult> {
    const step = this.state.step + 1;
    const diagnostic: DiagnosticEvent = {
      type: 'diagnostic',
      verdict: 'not_finite',
      step,
      evidence: `the ${notFinite?.tensor} is ${notFinite?.value} at step ${step} (gradient norm ${gradientNorm})`,
      remedy:
        `train with a lower learning rate (it is ${this.settings.learningRate}), ` +
        `clip the gradients' global norm (say to 1), or look for outliers in the data`,
      applied: false,
    };
    await this.emit(diagnostic);
    return { ...this.result('notFinite'), diagnostic };
  }

  private result(outcome: TrainingResult['outcome']): TrainingResult {
    this.trainingStep.sync();
    return { outcome, step: this.state.step, history: [...this.state.history] };
  }

  private fingerprint(): Fingerprint {
    const { network, training, validation } = this.options;
    const { stepsPerEpoch } = training;
    return { ...this.settings, spec: network.spec, stepsPerEpoch, validates: validation !== undefined };
  }

  private async emit(event: TrainingEvent): Promise<void> {
    await this.options.onEvent?.(event);
  }
}

function checkBatch({ x, y, count, shape }: Batch, inputShape: readonly number[], classes: number): void {
  const [size = 0, ...example] = shape;
  const fits =
    formatShape(example) === formatShape(inputShape) && x.length === elementCount(shape) && y.length === size && count >= 1 && count <= size;
  if (!fits) {
    throw new CoreError(
      'SHAPE_MISMATCH',
      `received a batch of shape ${formatShape(shape)} with ${x.length} numbers, ${y.length} labels and ${count} examples that count, ` +
        `expected ${formatShape([null, ...inputShape])} with as many labels`,
    );
  }
  // TensorFlow answers a label out of range with NaN, which would be taken for a fault of the training.
  const bad = y.find((label) => label < 0 || label >= classes);
  if (bad !== undefined) {
    throw new CoreError('UNUSABLE_DATASET', `received class ${bad} in a batch, expected 0 to ${classes - 1}`);
  }
}

function assignAll(variables: readonly NamedVariable[], values: ReadonlyMap<string, HostTensor>): void {
  for (const { name, variable } of variables) {
    const value = values.get(name);
    if (!value || formatShape(value.shape) !== formatShape(variable.shape)) {
      throw new CoreError('CORRUPT_DATA', `checkpoint: slot ${name} is missing or not ${formatShape(variable.shape)}`);
    }
    const tensor = toTensor({ ...value, data: value.data.slice() });
    variable.assign(tensor);
    tensor.dispose();
  }
}
