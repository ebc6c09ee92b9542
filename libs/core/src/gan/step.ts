import { Program, type CapturedStep, type StepOutputs } from '../capture/program';
import { tf, type Scalar, type Tensor, type Variable } from '../engine';
import type { ForwardContext, NamedVariable } from '../layers/layer';
import { softmaxCrossEntropy } from '../losses/softmax-cross-entropy';
import { clipGradients, globalNorm } from '../optimizers/clip';
import { Optimizer } from '../optimizers/optimizer';
import { deriveSeed, statelessNormal, type Seed } from '../random';
import { withAverages } from '../training/averages';
import type { ExampleBatch } from '../training/objective';
import type { Clipping } from '../training/options';
import type { HostTensor } from '../tensor/host-tensor';
import type { Gan } from './build';
import { ADVERSARIAL_LOSSES } from './losses';
import { gradientPenalty, r1Penalty } from './penalties';
import { matchesFeatures } from './spec';

/** What one update did; nothing where loss or gradients weren't finite, which `finite` says. */
export interface UpdateResult {
  finite: boolean;
  loss: number;
  /** L2 norm of all its gradients. */
  gradientNorm: number;
}

export interface DiscriminatorResult extends UpdateResult {
  /** Mean scores. */
  real: number;
  fake: number;
  /** Cross entropy of the labelled examples, and share of them that is classified right; of a semi-supervised one. */
  classLoss?: number;
  classAccuracy?: number;
}

export interface GanStepOptions {
  gan: Gan;
  beta1: number;
  beta2: number;
  /** Of the served generator. */
  emaDecay: number;
  /** Weight of the loss of pseudo-labels; of a semi-supervised one. Default 0. */
  pseudoLabels?: number;
  clip: Clipping;
  seed: Seed;
}

/** What an update depends on besides its batch: plain numbers, so that they may change from one to the next. */
export interface UpdateSettings {
  /** Number of the player's update, from 1. */
  update: number;
  learningRate: number;
}

export interface PenaltySettings {
  /** Weight of the penalty in this update; 0: it isn't computed. */
  r1: number;
  gradientPenalty: number;
}

/** From this probability on a class that the discriminator sees is taken for a label. */
const SURE = 0.95;

type Inputs = Record<string, Tensor>;

/**
 * The steps of two players over one state: the discriminator's update, the generator's, and both networks' forward passes. Each is captured once for each
 * shape of batch. `sync` brings the state back into the variables.
 */
export class GanStep {
  /** Of both players: to be kept in checkpoints. */
  readonly slots: NamedVariable[];
  private readonly players: Record<'discriminator' | 'generator', { trained: NamedVariable[]; optimizer: Optimizer }>;
  private readonly program: Program;
  private readonly steps = new Map<string, CapturedStep>();
  private readonly generating: CapturedStep;
  private readonly judging: CapturedStep;

  constructor(private readonly options: GanStepOptions) {
    const { gan, beta1, beta2, emaDecay } = options;
    const player = (weights: readonly NamedVariable[], ema?: { decay: number }) => {
      const trained = weights.filter(({ trainable }) => trainable);
      return { trained, optimizer: new Optimizer({ kind: 'adam', beta1, beta2 }, trained, { ema }) };
    };
    this.players = { discriminator: player(gan.discriminatorWeights), generator: player(gan.generatorWeights, { decay: emaDecay }) };
    this.slots = Object.values(this.players).flatMap(({ optimizer }) => optimizer.slots);
    this.program = new Program([...gan.weights, ...this.slots]);
    this.generating = this.program.step('generate', ({ z, y }: Inputs) => ({
      outputs: { x: withAverages(gan.generatorWeights, this.averages, () => gan.generate(z as Tensor, y)) },
    }));
    this.judging = this.program.step('judge', ({ x, y }: Inputs) => {
      const { score, features, classLogits } = gan.judge(x as Tensor, y);
      return { outputs: { score, features, ...(classLogits && { classLogits }) } };
    });
  }

  /** The generator's averaged weights, by the weight's name. */
  get averages(): ReadonlyMap<string, Variable> {
    return this.players.generator.optimizer.averages;
  }

  /** @param labelled Of a semi-supervised one. */
  updateDiscriminator(batch: ExampleBatch, labelled: ExampleBatch | undefined, settings: UpdateSettings, penalty: PenaltySettings): DiscriminatorResult {
    const kind = penalty.gradientPenalty > 0 ? 'gradient penalty' : penalty.r1 > 0 ? 'r1' : 'plain';
    const step = this.step(`discriminator ${kind}`, (inputs) => this.discriminatorStep(inputs, kind));
    const labels = labelled && { lx: labelled.inputs.x as HostTensor, ly: labelled.inputs.y as HostTensor };
    const inputs = { ...this.given(batch), ...labels, penalty: scalar(penalty.gradientPenalty || penalty.r1), ...this.scalars('discriminator', settings) };
    const [summary] = step.run(inputs, ['summary']);
    const [loss = NaN, gradientNorm = NaN, real = NaN, fake = NaN, ...classes] = summary?.data ?? [];
    return { finite: Number.isFinite(loss) && Number.isFinite(gradientNorm), loss, gradientNorm, real, fake, ...(classes.length > 0 && { classLoss: classes[0], classAccuracy: classes[1] }) };
  }

  /** @param batch Gives the classes of a conditional one, and the features to match where that is what it does. */
  updateGenerator(batch: ExampleBatch, settings: UpdateSettings): UpdateResult {
    const step = this.step('generator', (inputs) => this.generatorStep(inputs));
    const [summary] = step.run({ ...this.given(batch), ...this.scalars('generator', settings) }, ['summary']);
    const [loss = NaN, gradientNorm = NaN] = summary?.data ?? [];
    return { finite: Number.isFinite(loss) && Number.isFinite(gradientNorm), loss, gradientNorm };
  }

  /** Examples by the averaged generator. @param z [batch, latent]. @param y [batch], int32; of a conditional one. */
  generate(z: HostTensor, y?: HostTensor): HostTensor {
    return this.generating.run({ z, ...(this.conditional && y && { y }) }, ['x'])[0] as HostTensor;
  }

  /** Scores [batch] of examples, without what disturbs them in training; of a semi-supervised one also `classLogits`. */
  judge(x: HostTensor, y?: HostTensor): { score: HostTensor; classLogits?: HostTensor } {
    const fetches = this.options.gan.spec.mode === 'semiSupervised' ? ['score', 'classLogits'] : ['score'];
    const [score, classLogits] = this.judging.run({ x, ...(this.conditional && y && { y }) }, fetches);
    return { score: score as HostTensor, classLogits };
  }

  /** Brings weights and slots up to date after updates. */
  sync(): void {
    this.program.pull();
  }

  /** To be called after weights or slots were set from outside. */
  invalidate(): void {
    this.program.invalidate();
  }

  dispose(): void {
    this.program.dispose();
    for (const { optimizer } of Object.values(this.players)) optimizer.dispose();
  }

  private get conditional(): boolean {
    return this.options.gan.spec.mode === 'conditional';
  }

  private step(name: string, record: (inputs: Inputs) => StepOutputs): CapturedStep {
    const known = this.steps.get(name) ?? this.program.step(name, record);
    this.steps.set(name, known);
    return known;
  }

  private given({ inputs }: ExampleBatch): Record<string, HostTensor> {
    return { x: inputs.x as HostTensor, ...(this.conditional && { y: inputs.y as HostTensor }) };
  }

  private scalars(player: 'discriminator' | 'generator', { update, learningRate }: UpdateSettings): Record<string, HostTensor> {
    const { rate, decay } = this.players[player].optimizer.coefficients(update, learningRate);
    // What the generator began with leaves the average as soon as there is better.
    const averaged = 1 - Math.min(this.options.emaDecay, update / (update + 10));
    return { update: { dtype: 'int32', shape: [], data: Int32Array.of(update) }, rate: scalar(rate), decay: scalar(decay), ...(player === 'generator' && { averaged: scalar(averaged) }) };
  }

  private discriminatorStep({ x, y, lx, ly, penalty, ...inputs }: Inputs, kind: 'plain' | 'r1' | 'gradient penalty'): StepOutputs {
    const { gan, pseudoLabels = 0 } = this.options;
    const losses = ADVERSARIAL_LOSSES[gan.spec.loss];
    const real = x as Tensor;
    const batch = real.shape[0];
    const context = this.context('discriminator', inputs);
    const fake = gan.generate(this.latents('discriminator', batch, inputs), y, context);
    const sure = lx && pseudoLabels > 0 ? sureOf(gan.judge(real).classLogits as Tensor) : undefined;
    const means: Scalar[] = [];
    const { change, loss, norm } = this.differentiate('discriminator', inputs, () => {
      const both = gan.judge(tf().concat([real, fake]), y && tf().concat([y, y]), context);
      const [realScore, fakeScore] = tf().split(both.score, 2) as [Tensor, Tensor];
      means.push(tf().keep(realScore.mean()), tf().keep(fakeScore.mean()));
      let total = losses.discriminator(realScore, fakeScore);
      if (kind === 'r1') total = total.add(r1Penalty(gan, real, y, context).mul(penalty as Scalar));
      if (kind === 'gradient penalty') total = total.add(gradientPenalty(gan, real, fake, y, context).mul(penalty as Scalar));
      if (!lx || !ly) return total;
      // Noise of their own: not that of the examples above.
      const logits = gan.judge(lx, undefined, this.context('labelled', inputs)).classLogits as Tensor;
      const wrong: Scalar = softmaxCrossEntropy(logits, ly).mean();
      means.push(tf().keep(wrong.clone()), tf().keep(logits.argMax(1).equal(ly).cast('float32').mean()));
      if (sure) total = total.add(softmaxCrossEntropy((both.classLogits as Tensor).slice([0, 0], [batch, -1]), sure.classes).mul(sure.mask).mean().mul(pseudoLabels));
      return total.add(wrong);
    });
    change();
    return { outputs: { summary: tf().stack([loss, norm, ...means.map(released)]) }, commit: tf().stack([loss, norm]).isFinite().all() };
  }

  private generatorStep({ x, y, ...inputs }: Inputs): StepOutputs {
    const { gan } = this.options;
    const real = x as Tensor;
    const context = this.context('generator', inputs);
    const z = this.latents('generator', real.shape[0], inputs);
    const wanted = matchesFeatures(gan.spec) ? gan.judge(real, y, context).features.mean(0) : undefined;
    const { change, loss, norm } = this.differentiate('generator', inputs, () => {
      const { score, features } = gan.judge(gan.generate(z, y, context), y, context);
      // Salimans et al.: the means of the features, as a generator that only fools the discriminator teaches it less of the classes.
      return wanted ? features.mean(0).sub(wanted).square().mean() : ADVERSARIAL_LOSSES[gan.spec.loss].generator(score);
    });
    change();
    return { outputs: { summary: tf().stack([loss, norm]) }, commit: tf().stack([loss, norm]).isFinite().all() };
  }

  private differentiate(player: 'discriminator' | 'generator', { rate, decay, averaged }: Inputs, compute: () => Scalar): { loss: Scalar; norm: Scalar; change: () => void } {
    const { trained, optimizer } = this.players[player];
    const { value: loss, grads } = tf().variableGrads(compute, trained.map(({ variable }) => variable));
    const gradients = trained.map(({ variable }) => grads[variable.name] ?? tf().zerosLike(variable));
    const change = (): void => optimizer.apply(clipGradients(gradients, this.options.clip), { rate: rate as Scalar, decay: decay as Scalar, averaged: averaged as Scalar | undefined });
    return { loss, norm: globalNorm(gradients), change };
  }

  private context(player: string, { update }: Inputs): ForwardContext {
    return { training: true, random: { seed: deriveSeed(this.options.seed, player), step: update as Scalar } };
  }

  private latents(player: string, batch: number, { update }: Inputs): Tensor {
    return statelessNormal([batch, this.options.gan.spec.latentSize], deriveSeed(this.options.seed, player, 'latent'), update as Scalar);
  }
}

/** Classes of logits [batch, classes], and a mask of 1 where they are sure enough: FixMatch (Sohn et al., 2020). */
function sureOf(logits: Tensor): { classes: Tensor; mask: Tensor } {
  return { classes: logits.argMax(1), mask: tf().softmax(logits).max(1).greater(SURE).cast('float32') };
}

/** What was made within a differentiated function outlives it only if it is kept. */
function released(kept: Scalar): Scalar {
  const own: Scalar = kept.clone();
  kept.dispose();
  return own;
}

const scalar = (value: number): HostTensor => ({ dtype: 'float32', shape: [], data: Float32Array.of(value) });
