// What is measured. The numbers of each model are in contenders/prepare.py, its layers in each contender.

/** How the RNN family runs the engine: see `ArchitectureFamily.engine`. */
const RECURRENT = { intraOpThreads: 1 };

/**
 * `engine`: of Quartet, where it isn't the default. `exceptions`: contenders whose loss curve isn't compared, and why.
 * `channelsLast`: whether PyTorch's memory format for images applies. `bfloat16`: whether Quartet takes part in mixed precision, too. `losses`: how many a step has.
 */
const MODELS = [
  { name: 'cnn', title: 'CNN, 28x28x1, conv 32, conv 64, max pool, dense 128, dense 10; batch 128', bfloat16: true, channelsLast: true },
  { name: 'lstm', title: 'LSTM 128 on [64, 50, 16], dense 1', engine: RECURRENT },
  { name: 'ae', title: 'Dense autoencoder 784-256-32-256-784; batch 128', bfloat16: true },
  { name: 'resnet', title: 'ResNet-8, 32x32x3, filters 16-32-64, batch normalization; batch 128', bfloat16: true, channelsLast: true },
  {
    name: 'bigru',
    title: 'Bidirectional GRU 2 x 128 on [64, 100, 32], dense 1',
    engine: RECURRENT,
    exceptions: { tfjs: "tfjs-layers' GRU resets the state before the product, Keras' and PyTorch's after it" },
  },
  { name: 'dcgan', title: 'DCGAN, 28x28, latent 64, one discriminator and one generator update; batch 64', channelsLast: true, losses: 2, learningRate: 2e-4, beta1: 0.5 },
  { name: 'vae', title: 'Convolutional VAE, 28x28, latent 16; batch 128', bfloat16: true, channelsLast: true },
];

export const modelNames = MODELS.map(({ name }) => name);

export function modelNamed(name) {
  const model = MODELS.find((each) => each.name === name);
  if (!model) throw new Error(`received model ${name}, expected some of ${modelNames.join(', ')}`);
  return { losses: 1, learningRate: 1e-3, beta1: 0.9, exceptions: {}, channelsLast: false, bfloat16: false, ...model };
}
