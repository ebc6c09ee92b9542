// The models in tfjs-layers. Each gives `{ layers, optimizers, batch, trainStep, predict }`: `batch` makes of a batch's tensors what
// `trainStep` takes, once; `trainStep` gives its losses.

export function tfjsModel(tf, name, newOptimizer) {
  const { layers } = tf;

  const sequential = (inputShape, ...stack) => tf.sequential({ layers: [layers.inputLayer({ inputShape }), ...stack] });
  const conv = (name, filters, kernelSize, options) => layers.conv2d({ name, filters, kernelSize, ...options });
  const convTranspose = (name, filters, options) => layers.conv2dTranspose({ name, filters, kernelSize: 4, strides: 2, padding: 'same', ...options });
  const dense = (name, units, activation) => layers.dense({ name, units, activation });
  const norm = (name) => layers.batchNormalization({ name });
  const [relu, leaky] = [() => layers.reLU(), () => layers.leakyReLU({ alpha: 0.2 })];

  /** A model with one loss, trained by trainOnBatch. */
  const fitted = (model, loss, batch) => {
    const optimizer = newOptimizer();
    model.compile({ optimizer, loss });
    return {
      layers: model.layers,
      optimizers: [optimizer],
      batch,
      trainStep: async ([x, y]) => [await model.trainOnBatch(x, y)],
      predict: (x) => model.predict(x, { batchSize: x.shape[0] }),
    };
  };
  const classifier = (model) =>
    fitted(model, (labels, logits) => tf.losses.softmaxCrossEntropy(labels, logits), ({ x, y }) => [x, tf.oneHot(y, 10).toFloat()]);
  const regression = (model) => fitted(model, 'meanSquaredError', ({ x, y }) => [x, y ?? x]);

  const meanBce = (label, logits) => tf.losses.sigmoidCrossEntropy(tf.fill(logits.shape, label), logits);
  const variablesOf = (model) => model.trainableWeights.map((weight) => weight.read());
  const training = { training: true };

  const models = {
    cnn: () =>
      classifier(
        sequential(
          [28, 28, 1],
          conv('conv1', 32, 3, { activation: 'relu' }),
          conv('conv2', 64, 3, { activation: 'relu' }),
          layers.maxPooling2d({ poolSize: 2 }),
          layers.flatten(),
          dense('hidden', 128, 'relu'),
          dense('logits', 10),
        ),
      ),

    lstm: () => regression(sequential([50, 16], layers.lstm({ name: 'lstm', units: 128, recurrentActivation: 'sigmoid' }), dense('output', 1))),

    ae: () => regression(sequential([784], dense('dense1', 256, 'relu'), dense('dense2', 32, 'relu'), dense('dense3', 256, 'relu'), dense('dense4', 784, 'sigmoid'))),

    resnet: () => {
      const convolve = (x, name, bn, filters, size, strides = 1) =>
        norm(bn).apply(conv(name, filters, size, { strides, padding: 'same', useBias: false }).apply(x));
      const image = tf.input({ shape: [32, 32, 3] });
      let x = relu().apply(convolve(image, 'stem', 'stem_bn', 16, 3));
      for (const [name, filters, strides] of [['block1', 16, 1], ['block2', 32, 2], ['block3', 64, 2]]) {
        const shortcut = strides === 1 ? x : convolve(x, `${name}_shortcut`, `${name}_shortcut_bn`, filters, 1, strides);
        x = relu().apply(convolve(x, `${name}_conv1`, `${name}_bn1`, filters, 3, strides));
        x = relu().apply(layers.add().apply([convolve(x, `${name}_conv2`, `${name}_bn2`, filters, 3), shortcut]));
      }
      const pooled = layers.globalAveragePooling2d({ dataFormat: 'channelsLast' }).apply(x);
      return classifier(tf.model({ inputs: image, outputs: dense('logits', 10).apply(pooled) }));
    },

    // tfjs-layers has only the GRU that resets before the product (`resetAfter` throws), which Keras and PyTorch no longer default to:
    // as much work, another function.
    bigru: () => {
      const bidirectional = (name, returnSequences) => {
        const layer = layers.gru({ units: 128, returnSequences, recurrentActivation: 'sigmoid' });
        return layers.bidirectional({ name, layer, mergeMode: 'concat' });
      };
      return regression(sequential([100, 32], bidirectional('gru1', true), bidirectional('gru2', false), dense('output', 1)));
    },

    dcgan: () => {
      const generator = sequential(
        [64],
        dense('g_dense', 7 * 7 * 128, 'relu'),
        layers.reshape({ targetShape: [7, 7, 128] }),
        convTranspose('g_conv1', 64, { useBias: false }),
        norm('g_bn'),
        relu(),
        convTranspose('g_conv2', 1, { activation: 'tanh' }),
      );
      const discriminator = sequential(
        [28, 28, 1],
        conv('d_conv1', 64, 4, { strides: 2, padding: 'same' }),
        leaky(),
        conv('d_conv2', 128, 4, { strides: 2, padding: 'same' }),
        leaky(),
        layers.flatten(),
        dense('d_logit', 1),
      );
      const [ofDiscriminator, ofGenerator] = [newOptimizer(), newOptimizer()];
      return {
        layers: [...generator.layers, ...discriminator.layers],
        optimizers: [ofDiscriminator, ofGenerator],
        batch: (batch) => batch,
        trainStep: ({ x, z1, z2 }) =>
          tf.tidy(() => {
            const images = tf.concat([x, generator.apply(z1, training)]);
            const discriminatorLoss = ofDiscriminator.minimize(
              () => {
                const [real, fake] = tf.split(discriminator.apply(images, training), 2);
                return meanBce(1, real).add(meanBce(0, fake));
              },
              true,
              variablesOf(discriminator),
            );
            const generatorLoss = ofGenerator.minimize(
              () => meanBce(1, discriminator.apply(generator.apply(z2, training), training)),
              true,
              variablesOf(generator),
            );
            return [discriminatorLoss.dataSync()[0], generatorLoss.dataSync()[0]];
          }),
        predict: (z) => generator.predict(z, { batchSize: z.shape[0] }),
      };
    },

    vae: () => {
      const image = tf.input({ shape: [28, 28, 1] });
      const down = { strides: 2, padding: 'same', activation: 'relu' };
      const hidden = layers.flatten().apply(conv('e_conv2', 64, 4, down).apply(conv('e_conv1', 32, 4, down).apply(image)));
      const encoder = tf.model({ inputs: image, outputs: [dense('mean', 16).apply(hidden), dense('log_variance', 16).apply(hidden)] });
      const decoder = sequential(
        [16],
        dense('d_dense', 7 * 7 * 64, 'relu'),
        layers.reshape({ targetShape: [7, 7, 64] }),
        convTranspose('d_conv1', 32, { activation: 'relu' }),
        convTranspose('d_conv2', 1),
      );
      const optimizer = newOptimizer();
      const variables = [...variablesOf(encoder), ...variablesOf(decoder)];
      return {
        layers: [...encoder.layers, ...decoder.layers],
        optimizers: [optimizer],
        batch: (batch) => batch,
        trainStep: ({ x, noise }) =>
          tf.tidy(() => {
            const loss = optimizer.minimize(
              () => {
                const [mean, logVariance] = encoder.apply(x, training);
                const logits = decoder.apply(mean.add(logVariance.div(2).exp().mul(noise)), training);
                const likelihood = tf.losses.sigmoidCrossEntropy(x, logits, undefined, undefined, tf.Reduction.SUM);
                const kl = logVariance.exp().add(mean.square()).sub(1).sub(logVariance).sum().mul(0.5);
                return likelihood.add(kl).div(x.shape[0]);
              },
              true,
              variables,
            );
            return [loss.dataSync()[0]];
          }),
        predict: (x) => decoder.predict(encoder.predict(x, { batchSize: x.shape[0] })[0], { batchSize: x.shape[0] }).sigmoid(),
      };
    },
  };
  return models[name]();
}
