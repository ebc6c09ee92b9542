// The models by libs/core. Each gives `{ weights, forward, objective }`, and the GAN, which the trainer doesn't train, its own
// `training`.

/** @param values The initial weights, by the benchmark's names. */
export function quartetModel(core, name, values) {
  const p = new core.Parameters(1);
  const { dense, conv2d, conv2dTranspose, batchNormalization, sequential, flatten, reshape, maxPool2d, globalAveragePool, activation } = core;
  const mean = (each, weights) => each.mul(weights).sum();

  const regression = (forward, inputShape, targetShape) => {
    const objective = core.regressionObjective({ weights: p.all, forward, inputShape, targetShape, fingerprint: name });
    return { weights: p.all, forward, objective };
  };
  const objective = (compute) => ({ weights: p.all, metrics: [], fingerprint: name, check() {}, compute });
  /** The last state of recurrent layers, and a dense layer. */
  const recurrent = (layer, ...shape) => {
    const output = dense(p.scope('output'), layer.units, 1);
    return regression((x, context) => output(layer.apply(x, { inputGradient: false }).last, context), shape, [1]);
  };

  const models = {
    cnn: () => {
      const conv = (filters) => ({ kind: 'conv2d', filters, padding: 'valid' });
      const layers = [conv(32), conv(64), { kind: 'maxPool2d' }, { kind: 'flatten' }, { kind: 'dense', units: 128 }];
      const network = core.buildNetwork({ inputShape: [28, 28, 1], layers, classes: 10 }, 1);
      const forward = (x, context) => network.forward(x, context).logits;
      const names = { conv1: 'layers.0', conv2: 'layers.1', hidden: 'layers.4', logits: 'logits' };
      return { weights: network.weights, forward, objective: core.classificationObjective(network), names };
    },

    lstm: () => recurrent(core.lstm(p.scope('lstm'), 16, 128), 50, 16),

    bigru: () => {
      const layer = (index, inputs) => core.bidirectional(p.scope(`gru${index}`), (scope) => core.gru(scope, inputs, 128));
      return recurrent(core.stacked([layer(1, 32), layer(2, 256)]), 100, 32);
    },

    ae: () => {
      const sizes = [784, 256, 32, 256, 784];
      const layers = [1, 2, 3, 4].map((index) => dense(p.scope(`dense${index}`), sizes[index - 1], sizes[index], { activation: index < 4 ? 'relu' : 'sigmoid' }));
      const forward = sequential(...layers);
      const compute = ({ inputs: { x }, exampleWeights, context }) => ({ loss: mean(core.meanSquaredError(forward(x, context), x), exampleWeights) });
      return { weights: p.all, forward, objective: objective(compute) };
    },

    resnet: () => {
      const convolve = (layer, bn, inputs, filters, kernelSize, stride = 1) =>
        sequential(conv2d(p.scope(layer), inputs, filters, { kernelSize, stride, padding: 'same', bias: false }), batchNormalization(p.scope(bn), filters));
      const block = (of, inputs, filters, stride) => {
        const inner = sequential(
          convolve(`${of}_conv1`, `${of}_bn1`, inputs, filters, 3, stride),
          activation('relu'),
          convolve(`${of}_conv2`, `${of}_bn2`, filters, filters, 3),
        );
        const shortcut = stride > 1 ? convolve(`${of}_shortcut`, `${of}_shortcut_bn`, inputs, filters, 1, stride) : undefined;
        return sequential(core.residual(inner, shortcut), activation('relu'));
      };
      const forward = sequential(
        convolve('stem', 'stem_bn', 3, 16, 3),
        activation('relu'),
        block('block1', 16, 16, 1),
        block('block2', 16, 32, 2),
        block('block3', 32, 64, 2),
        globalAveragePool(),
        dense(p.scope('logits'), 64, 10),
      );
      const compute = ({ inputs: { x, y }, exampleWeights, context }) => ({ loss: mean(core.softmaxCrossEntropy(forward(x, context), y), exampleWeights) });
      return { weights: p.all, forward, objective: objective(compute) };
    },

    vae: () => {
      const down = { kernelSize: 4, stride: 2, padding: 'same', activation: 'relu' };
      const encode = sequential(conv2d(p.scope('e_conv1'), 1, 32, down), conv2d(p.scope('e_conv2'), 32, 64, down), flatten());
      const [centre, logVariance] = ['mean', 'log_variance'].map((each) => dense(p.scope(each), 7 * 7 * 64, 16));
      const decode = sequential(
        dense(p.scope('d_dense'), 16, 7 * 7 * 64, { activation: 'relu' }),
        reshape(7, 7, 64),
        conv2dTranspose(p.scope('d_conv1'), 64, 32, down),
        conv2dTranspose(p.scope('d_conv2'), 32, 1, { ...down, activation: 'linear' }),
      );
      const forward = (x, context) => decode(centre(encode(x, context), context), context).sigmoid();
      const compute = ({ inputs: { x, noise }, exampleWeights, context }) => {
        const hidden = encode(x, context);
        const [mu, spread] = [centre(hidden, context), logVariance(hidden, context)];
        const logits = decode(mu.add(spread.div(2).exp().mul(noise)), context);
        const likelihood = core.binaryCrossEntropyWithLogits(logits, x).mul(28 * 28);
        return { loss: mean(likelihood.add(core.gaussianKl(mu, spread)), exampleWeights) };
      };
      return { weights: p.all, forward, objective: objective(compute) };
    },

    dcgan: () => {
      const up = { kernelSize: 4, stride: 2, padding: 'same' };
      const [g, d] = [(scope) => p.scope(`g_${scope}`), (scope) => p.scope(`d_${scope}`)];
      const generate = sequential(
        dense(g('dense'), 64, 7 * 7 * 128, { activation: 'relu' }),
        reshape(7, 7, 128),
        conv2dTranspose(g('conv1'), 128, 64, { ...up, bias: false }),
        batchNormalization(g('bn'), 64),
        activation('relu'),
        conv2dTranspose(g('conv2'), 64, 1, { ...up, activation: 'tanh' }),
      );
      const discriminate = sequential(
        conv2d(d('conv1'), 1, 64, { ...up, activation: 'leakyRelu' }),
        conv2d(d('conv2'), 64, 128, { ...up, activation: 'leakyRelu' }),
        flatten(),
        dense(d('logit'), 7 * 7 * 128, 1),
      );
      return { weights: p.all, forward: generate, training: (...given) => new GanTraining(core, p.all, generate, discriminate, ...given) };
    },
  };

  const model = models[name]();
  assign(core, model, values);
  return model;
}

const NAMES = { recurrent: 'recurrent_kernel', mean: 'moving_mean', variance: 'moving_variance' };

/** Gives the weights their initial values. */
function assign(core, { weights, names = {} }, values) {
  const left = new Map(weights.map(({ name, variable }) => [name, variable]));
  for (const [full, { shape, data }] of values) {
    const [layer, weight] = full.split('.');
    const [, direction = '', own] = /^(forward_|backward_)?(.*)$/.exec(weight);
    const name = [names[layer] ?? layer, direction.slice(0, -1), NAMES[own] ?? own].filter(Boolean).join('.');
    const variable = left.get(name);
    if (!variable) throw new Error(`the model has no weight ${name}, of ${[...left.keys()].join(', ')}`);
    core.tf().tidy(() => variable.assign(core.tf().tensor(data.slice(), shape, 'float32')));
    left.delete(name);
  }
  if (left.size > 0) throw new Error(`weights without a value: ${[...left.keys()].join(', ')}`);
}

/** Two steps over one state, each captured: the discriminator's update, then the generator's. */
class GanTraining {
  constructor(core, weights, generate, discriminate, batches, learningRate, beta1) {
    const tf = core.tf();
    const context = { training: true };
    const bce = (label, logits) => core.binaryCrossEntropyWithLogits(logits, tf.fill(logits.shape, label)).mean();
    const own = (prefix) => weights.filter(({ name, trainable }) => trainable && name.startsWith(prefix));
    const players = ['d_', 'g_'].map((prefix) => ({ trained: own(prefix), optimizer: new core.Optimizer({ kind: 'adam', beta1 }, own(prefix)) }));
    const program = new core.Program([...weights, ...players.flatMap(({ optimizer }) => optimizer.slots)]);
    const update = (name, { trained, optimizer }, lossOf) =>
      program.step(name, ({ rate, decay, ...inputs }) => {
        const { value: loss, grads } = tf.variableGrads(() => lossOf(inputs), trained.map(({ variable }) => variable));
        optimizer.apply(trained.map(({ variable }) => grads[variable.name]), { rate, decay });
        return { outputs: { loss }, commit: tf.isFinite(loss) };
      });

    this.batches = batches;
    this.step = 0;
    this.coefficients = () => {
      const { rate, decay } = players[0].optimizer.coefficients(this.step, learningRate);
      return { rate: scalar(rate), decay: scalar(decay) };
    };
    this.discriminator = update('discriminator', players[0], ({ x, z }) => {
      const [real, fake] = tf.split(discriminate(tf.concat([x, generate(z, context)]), context), 2);
      return bce(1, real).add(bce(0, fake));
    });
    this.generator = update('generator', players[1], ({ z }) => bce(1, discriminate(generate(z, context), context)));
  }

  run(count) {
    return Array.from({ length: count }, () => {
      const start = performance.now();
      const { x, z1, z2 } = this.batches[this.step % this.batches.length];
      this.step += 1;
      const coefficients = this.coefficients();
      const [first] = this.discriminator.run({ x, z: z1, ...coefficients }, ['loss']);
      const [second] = this.generator.run({ z: z2, ...coefficients }, ['loss']);
      return { ms: performance.now() - start, losses: [first.data[0], second.data[0]] };
    });
  }
}

const scalar = (value) => ({ dtype: 'float32', shape: [], data: Float32Array.of(value) });
