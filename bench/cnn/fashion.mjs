// Fashion-MNIST: `node bench/cnn/fashion.mjs` (after `npm run build`). Goal: at least 93.5 % of the test images right after 30 minutes on 2 cores.
import { Optimizer, Schedule } from './options.mjs';
import { convolution, images, layer, options, run, trainAsService } from './common.mjs';

const USAGE = `node bench/cnn/fashion.mjs [options]
  --seed n      of weights, order and augmentation; default 1
  --epochs n    passes over the training images, default 20
  --train n     the first n training images, default all 60000 (5 % of them are set aside for calibration)
  --test n      the first n test images, default all 10000
  --json file   also writes the result there
`;
const LAYERS = [
  ...convolution(32),
  layer('maxPool2d'),
  ...convolution(64),
  ...convolution(64),
  layer('maxPool2d'),
  ...convolution(128),
  ...convolution(128),
  layer('dropout', { rate: 0.4 }),
  layer('flatten'),
];

await run(async () => {
  const { seed, epochs, train, test, json } = options(USAGE, { epochs: 20 });
  const request = {
    spec: { layers: LAYERS },
    options: { epochs, seed: BigInt(seed), batchSize: 128, learningRate: 0.003, optimizer: Optimizer.OPTIMIZER_ADAMW, schedule: Schedule.SCHEDULE_WARMUP_COSINE, weightDecay: 0.05, augmentation: { shift: 0.07, flipHorizontal: true, erase: 0.3 } },
    regularization: { labelSmoothing: 0.05, weightAverageDecay: 0.998 },
  };
  return { benchmark: 'fashion', seed, epochs, ...(await trainAsService(request, await images('fashion', { train, test }), { validationShare: 0.05 }, { flipHorizontal: true })), json };
});
