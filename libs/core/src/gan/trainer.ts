import { setImmediate } from 'node:timers/promises';
import { CoreError } from '../errors';
import { normalNumbers } from '../decoding/random';
import { deriveSeed } from '../random';
import { assignHost, toHost } from '../tensor/convert';
import type { HostTensor } from '../tensor/host-tensor';
import type { BatchSource } from '../training/batches';
import { checkFingerprint, decodeCheckpoint, encodeCheckpoint, type Checkpoint, type Fingerprint } from '../training/checkpoint';
import type { DiagnosticEvent, EpochRecord, Metrics, TrainingEvent, TrainingResult } from '../training/events';
import type { ExampleBatch } from '../training/objective';
import { Progress } from '../training/progress';
import { scheduleFactor } from '../training/schedule';
import { exportVariables, importVariables } from '../training/variables';
import { discriminatorAccuracy, type Judged } from './accuracy';
import { hasStalled, initialBalance, judgeBalance, observe, type BalanceFinding, type Observation } from './balance';
import type { Gan } from './build';
import { resolveGanSettings, type GanTrainingSettings, type ResolvedGanSettings } from './settings';
import { addDiscriminatorUpdate, addGeneratorUpdate, emptyUpdateSums, updateMeans, type GanTrainingState } from './state';
import { GanStep, type DiscriminatorResult, type UpdateResult } from './step';

/** What generated examples are like, measured against real ones. */
export interface QualityReport {
  /** To real examples: what training is judged by. */
  distance: number;
  /** Spread of generated examples over that of real ones. */
  diversity: number;
  /** Median distance to the nearest training example, over that of held-out ones. */
  nearest?: number;
  /** All that is to be reported. */
  metrics: Metrics;
}

export interface GanTrainerOptions extends GanTrainingSettings {
  gan: Gan;
  /** Whole batches only: inputs `x`, and `y` of a conditional one. */
  training: BatchSource;
  /** Of a semi-supervised one: the labelled examples, over and over. */
  labelled?: BatchSource;
  /** Real examples that are, and that aren't, trained on: the discriminator is watched on both. */
  seen: ExampleBatch;
  heldOut: ExampleBatch;
  quality: {
    /** Examples that `measure` wants. */
    count: number;
    /** @param classes What the examples were asked to be, of a conditional one. Called within the training's own thread. */
    measure(generated: HostTensor, classes: Int32Array | undefined): QualityReport | Promise<QualityReport>;
  };
  /** Examples kept of each round, from the same latents each time; 0: none. Default 0. */
  pictures?: number;
  checkpointEverySteps?: number;
  progressEveryMs?: number;
  onEvent?: (event: TrainingEvent) => void | Promise<void>;
}

/** Rounds whose pictures are kept: of more, every second one goes. */
const MOST_PICTURES = 32;
/** Examples of one run of the generator. */
const BATCH = 128;
const RETRIES = 2;
/** Share of the training over which the penalty on slopes falls. */
const R1_FALLS = 0.75;

/**
 * Trains a GAN's two players, and keeps them in balance: see judgeBalance. Equal options, seeds and data give equal weights, bit for bit, whether interrupted
 * and resumed or not. In the end the model holds the averaged generator of the best round; of a semi-supervised one the best is
 * the last.
 */
export class GanTrainer {
  readonly totalSteps: number;
  private readonly settings: ResolvedGanSettings;
  private readonly ganStep: GanStep;
  private state: GanTrainingState;
  /** Checkpoint of the best round. */
  private best: Uint8Array | undefined;
  /** Pictures, by the round's number as text. */
  private kept = new Map<string, HostTensor>();

  /** @throws CoreError INVALID_FIELD with a violation for each option out of its range. */
  constructor(private readonly options: GanTrainerOptions) {
    const { gan, training } = options;
    this.settings = resolveGanSettings(gan.spec, options);
    if (!Number.isInteger(training.stepsPerEpoch) || training.stepsPerEpoch < 1) {
      throw new CoreError('UNUSABLE_DATASET', `received ${training.stepsPerEpoch} whole batches an epoch, expected at least 1; use a smaller batch, or more data`);
    }
    this.totalSteps = this.settings.epochs * training.stepsPerEpoch;
    const { beta1, beta2, emaDecay, pseudoLabels, clip, seed, discriminatorUpdates: discriminator, generatorUpdates: generator } = this.settings;
    this.ganStep = new GanStep({ gan, beta1, beta2, emaDecay, pseudoLabels, clip, seed: BigInt(seed) });
    this.state = { step: 0, updates: { discriminator: 0, generator: 0 }, sums: emptyUpdateSums(), history: [], balance: initialBalance({ discriminator, generator }), retries: 0 };
  }

  /** Batches taken since the very start, interruptions included. */
  get step(): number {
    return this.state.step;
  }

  /** What was generated from the same latents after some rounds, by the round's number: [count, ...exampleShape]. */
  get pictures(): ReadonlyMap<number, HostTensor> {
    return new Map([...this.kept].map(([round, tensor]) => [Number(round), tensor]));
  }

  /** What the training has taken so far, of what it was allowed. */
  get compute(): Metrics {
    const { step, updates } = this.state;
    return { steps: step, totalSteps: this.totalSteps, discriminatorUpdates: updates.discriminator, generatorUpdates: updates.generator, rollbacks: this.state.balance.rollbacks };
  }

  /** What each round measured, for the controller. */
  get rounds(): readonly Observation[] {
    return this.state.balance.rounds;
  }

  /** Trains to the end, or until the signal aborts (at the next step). */
  async train(signal?: AbortSignal): Promise<TrainingResult> {
    const { stepsPerEpoch } = this.options.training;
    const progress = new Progress(this.options.progressEveryMs ?? 500);
    while (true) {
      const { state } = this;
      if (state.history.length < Math.floor(state.step / stepsPerEpoch)) {
        await this.endEpoch(progress);
        await this.checkpointIfDue();
      }
      if (hasStalled(state.balance, this.settings.balance)) return this.finish('stoppedEarly');
      if (state.step >= this.totalSteps) return this.finish('completed');
      if (signal?.aborted) return this.result('cancelled');
      const failure = await this.runStep(progress);
      if (failure && !(await this.retry(failure))) return this.fail(failure);
      if (this.state.step % stepsPerEpoch !== 0) await this.checkpointIfDue();
      await setImmediate();
    }
  }

  /** Examples by the averaged generator, from latents that the seed decides. @param classes Of a conditional one. */
  generate(count: number, seed: number, classes?: Int32Array): HostTensor {
    const { latentSize, exampleShape, mode } = this.options.gan.spec;
    const normal = normalNumbers(seed);
    const size = exampleShape.reduce((a, b) => a * b, 1);
    const data = new Float32Array(count * size);
    for (let first = 0; first < count; first += BATCH) {
      const rows = Math.min(BATCH, count - first);
      // The last run is padded: one recording serves all.
      const z = Float32Array.from({ length: BATCH * latentSize }, normal);
      const y = new Int32Array(BATCH);
      if (classes) y.set(classes.subarray(first, first + rows));
      const { data: made } = this.ganStep.generate({ dtype: 'float32', shape: [BATCH, latentSize], data: z }, mode === 'conditional' ? { dtype: 'int32', shape: [BATCH], data: y } : undefined);
      data.set(made.subarray(0, rows * size), first * size);
    }
    return { dtype: 'float32', shape: [count, ...exampleShape], data };
  }

  /** Scores and, of a semi-supervised one, class logits of real examples. */
  judge({ inputs }: ExampleBatch): Judged {
    return this.ganStep.judge(inputs.x as HostTensor, inputs.y);
  }

  /** Weights, slots, state and the best round as one safetensors blob. */
  saveCheckpoint(): Uint8Array {
    return this.encode({ more: this.kept, rollback: this.best });
  }

  /** Goes back to a checkpoint, before `train`. @throws CoreError CORRUPT_DATA, or WRONG_STATE when it is of a training with other options. */
  resumeFrom(bytes: Uint8Array): void {
    const checkpoint = decodeCheckpoint<GanTrainingState>(bytes);
    checkFingerprint(checkpoint.fingerprint, this.fingerprint());
    this.restore(checkpoint);
    this.state = checkpoint.state;
    this.best = checkpoint.rollback;
    this.kept = new Map([...(checkpoint.more ?? [])].sort(([a], [b]) => Number(a) - Number(b)));
  }

  /** Frees the optimizers' slots; the model stays. */
  dispose(): void {
    this.ganStep.dispose();
  }

  private async runStep(progress: Progress): Promise<Failure | undefined> {
    const { training, labelled } = this.options;
    const { state } = this;
    const epoch = Math.floor(state.step / training.stepsPerEpoch);
    const batch = await progress.waitFor(() => training.batch(epoch, state.step % training.stepsPerEpoch));
    const labels = labelled && (await labelled.batch(Math.floor(state.step / labelled.stepsPerEpoch), state.step % labelled.stepsPerEpoch));
    this.check(batch);
    const discriminator = this.updateDiscriminator(batch, labels);
    if (!discriminator.finite) return { player: 'discriminator', ...discriminator };
    const { updates } = state.balance;
    const due = (state.step + 1) % updates.discriminator === 0 ? updates.generator : 0;
    for (let made = 0; made < due; made += 1) {
      const generator = this.updateGenerator(batch);
      if (!generator.finite) return { player: 'generator', ...generator };
    }
    state.step += 1;
    if (progress.count(batch.count)) {
      const { examplesPerSecond, waitShare } = progress;
      const metrics = { ...this.means(), discriminatorLearningRate: this.learningRate('discriminator'), generatorLearningRate: this.learningRate('generator'), waitShare };
      await this.emit({ type: 'progress', step: state.step, totalSteps: this.totalSteps, epoch: epoch + 1, totalEpochs: this.settings.epochs, metrics, examplesPerSecond });
    }
    return undefined;
  }

  private updateDiscriminator(batch: ExampleBatch, labels: ExampleBatch | undefined): DiscriminatorResult {
    const { state, settings } = this;
    const update = state.updates.discriminator + 1;
    const weight = update % settings.r1Every === 0 ? this.r1() * settings.r1Every : 0;
    const penalty = { r1: weight * state.balance.regularization, gradientPenalty: settings.gradientPenalty * state.balance.regularization };
    const result = this.ganStep.updateDiscriminator(batch, labels, { update, learningRate: this.learningRate('discriminator') }, penalty);
    state.updates.discriminator = update;
    if (result.finite) addDiscriminatorUpdate(state.sums, result);
    return result;
  }

  private updateGenerator(batch: ExampleBatch): UpdateResult {
    const { state } = this;
    const update = state.updates.generator + 1;
    const result = this.ganStep.updateGenerator(batch, { update, learningRate: this.learningRate('generator') });
    state.updates.generator = update;
    if (result.finite) addGeneratorUpdate(state.sums, result);
    return result;
  }

  private r1(): number {
    const { r1, r1Final } = this.settings;
    const share = Math.min(1, this.state.step / (this.totalSteps * R1_FALLS));
    return r1 === r1Final ? r1 : r1 * (r1Final / r1) ** share;
  }

  private learningRate(player: 'discriminator' | 'generator'): number {
    const { settings, state } = this;
    return settings[`${player}LearningRate`] * scheduleFactor(settings.schedule, Math.min(state.step, this.totalSteps - 1), this.totalSteps) * state.balance.rates[player];
  }

  private means(): Metrics {
    return updateMeans(this.state.sums, this.options.gan.spec.mode === 'semiSupervised');
  }

  private async endEpoch(progress: Progress): Promise<void> {
    const { state } = this;
    const { stepsPerEpoch } = this.options.training;
    const rounds = (steps: number): number => Math.floor(steps / this.settings.roundSteps);
    const due = state.step >= this.totalSteps || rounds(state.step) > rounds(state.step - stepsPerEpoch);
    const metrics = this.means();
    const { better, findings } = due ? await this.endRound(metrics) : { better: false, findings: [] };
    const record: EpochRecord = { epoch: state.history.length + 1, metrics, best: better };
    state.history.push(record);
    state.sums = emptyUpdateSums();
    if (better) this.best = this.encode();
    await this.emit({ type: 'epochEnd', ...record, seconds: progress.endEpoch() });
    for (const { rollBack, ...finding } of findings) {
      if (rollBack && this.best) this.restore(decodeCheckpoint<GanTrainingState>(this.best));
      await this.emit({ type: 'diagnostic', ...finding, step: state.step, applied: this.settings.balance.act });
    }
  }

  /** Measures where the training stands, and has the controller judge it. @param metrics Gets what was measured. */
  private async endRound(metrics: Metrics): Promise<{ better: boolean; findings: BalanceFinding[] }> {
    const { state, options, settings } = this;
    const { quality, gan, pictures = 0 } = options;
    const classesOf = (count: number): Int32Array | undefined => (gan.spec.mode === 'conditional' ? Int32Array.from({ length: count }, (_, at) => at % gan.spec.classes) : undefined);
    const classes = classesOf(quality.count);
    const generated = this.generate(quality.count, deriveSeed(BigInt(settings.seed), 'quality'), classes);
    const { distance, diversity, nearest, metrics: measured } = await quality.measure(generated, classes);
    const { seen, heldOut } = options;
    const accuracy = discriminatorAccuracy({ spec: gan.spec, seen, heldOut, generated, classes, judge: (batch) => this.judge(batch) });
    Object.assign(metrics, { distance, diversity, ...(nearest !== undefined && { nearest }), ...measured, ...accuracy.metrics });
    const observation = {
      step: state.step,
      discriminatorLoss: metrics['loss/discriminator'] as number,
      generatorLoss: metrics['loss/generator'] as number,
      discriminatorNorm: metrics['gradientNorm/discriminator'] as number,
      generatorNorm: metrics['gradientNorm/generator'] as number,
      ...accuracy.accuracies,
      diversity,
      distance,
      nearest,
    };
    // A classifier learns on while its generator gets no better, and labels are too few to choose a round by.
    const better = observe(state.balance, observation, settings.balance, gan.spec.mode === 'semiSupervised');
    if (pictures > 0) this.keepPicture(this.generate(pictures, deriveSeed(BigInt(settings.seed), 'pictures'), classesOf(pictures)));
    return { better, findings: judgeBalance(state.balance, settings.balance) };
  }

  private keepPicture(picture: HostTensor): void {
    const { kept } = this;
    kept.set(String(this.state.balance.rounds.length), picture);
    if (kept.size <= MOST_PICTURES) return;
    [...kept.keys()].filter((_, at) => at % 2 === 1 && at < kept.size - 1).forEach((round) => kept.delete(round));
  }

  private check({ inputs, count }: ExampleBatch): void {
    const { x } = inputs;
    const wanted = ['batch', ...this.options.gan.spec.exampleShape];
    if (x && x.shape.length === wanted.length && wanted.every((side, axis) => axis === 0 || side === x.shape[axis]) && count === x.shape[0]) return;
    throw new CoreError('SHAPE_MISMATCH', `received a batch of shape [${x?.shape.join(', ')}] of which ${count} count, expected [${wanted.join(', ')}], all counting`);
  }

  private async checkpointIfDue(): Promise<void> {
    const every = this.options.checkpointEverySteps ?? 0;
    const { step } = this.state;
    if (every === 0 || step % every !== 0 || step >= this.totalSteps) return;
    await this.emit({ type: 'checkpoint', step, bytes: this.saveCheckpoint() });
  }

  private encode(beside: Pick<Checkpoint, 'more' | 'rollback'> = {}): Uint8Array {
    this.ganStep.sync();
    const weights = exportVariables(this.options.gan.weights);
    return encodeCheckpoint({ fingerprint: this.fingerprint(), state: this.state, weights, slots: exportVariables(this.ganStep.slots), ...beside });
  }

  /** Weights and slots; time goes on. */
  private restore({ weights, slots }: Checkpoint<GanTrainingState>): void {
    importVariables(this.options.gan.weights, weights);
    importVariables(this.ganStep.slots, slots);
    this.ganStep.invalidate();
  }

  /** What isn't finite changed nothing; the training goes on more slowly, from the best round if there is one. */
  private async retry(failure: Failure): Promise<boolean> {
    const { state } = this;
    if (state.retries >= RETRIES) return false;
    state.retries += 1;
    const { rates } = state.balance;
    rates.discriminator /= 2;
    rates.generator /= 2;
    if (this.best) this.restore(decodeCheckpoint<GanTrainingState>(this.best));
    state.step += 1;
    const from = this.best ? `went back to round ${state.balance.best?.round}` : 'left the update out';
    await this.emit({ type: 'diagnostic', verdict: 'not_finite', step: state.step, evidence: evidenceOf(failure), remedy: `${from}; both learning rates times ${rates.generator}`, applied: true });
    return true;
  }

  private async fail(failure: Failure): Promise<TrainingResult> {
    const remedy = `train with lower learning rates (they are ${this.settings.discriminatorLearningRate} and ${this.settings.generatorLearningRate}), or look for outliers in the data`;
    const diagnostic: DiagnosticEvent = { type: 'diagnostic', verdict: 'not_finite', step: this.state.step + 1, evidence: `${evidenceOf(failure)}, step ${this.state.step + 1}`, remedy, applied: false };
    await this.emit(diagnostic);
    return { ...this.result('notFinite'), diagnostic };
  }

  private finish(outcome: 'completed' | 'stoppedEarly'): TrainingResult {
    const { balance } = this.state;
    const { gan } = this.options;
    if (this.best) this.restore(decodeCheckpoint<GanTrainingState>(this.best));
    this.ganStep.sync();
    const averaged = new Map([...this.ganStep.averages].map(([name, average]) => [name, toHost(average)]));
    for (const { name, variable } of gan.generatorWeights) if (averaged.has(name)) assignHost(variable, averaged.get(name) as HostTensor);
    this.ganStep.invalidate();
    return { ...this.result(outcome), ...(balance.best && { restoredEpoch: Math.round(balance.best.step / this.options.training.stepsPerEpoch) }) };
  }

  private result(outcome: TrainingResult['outcome']): TrainingResult {
    this.ganStep.sync();
    return { outcome, step: this.state.step, history: [...this.state.history] };
  }

  private fingerprint(): Fingerprint {
    const { gan, training, labelled } = this.options;
    return { ...this.settings, model: gan.spec, stepsPerEpoch: training.stepsPerEpoch, ...(labelled && { labelled: labelled.stepsPerEpoch }) };
  }

  private async emit(event: TrainingEvent): Promise<void> {
    await this.options.onEvent?.(event);
  }
}

type Failure = UpdateResult & { player: 'discriminator' | 'generator' };
const evidenceOf = ({ player, loss, gradientNorm }: Failure): string => `the ${player}'s loss is ${loss}, its gradient norm ${gradientNorm}`;
