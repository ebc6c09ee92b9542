// MNIST from 10 labelled images of each digit: `node bench/cnn/few.mjs` (after `npm run build`). Reports how many of the test images are right.
import { Optimizer, Schedule } from './options.mjs';
import { convolution, images, layer, options, run, trainAsService } from './common.mjs';

const USAGE = `node bench/cnn/few.mjs [options]
  --seed n        of the choice of images, weights and augmentation; default 1
  --epochs n      passes over the training images, default 400
  --per-class n   training images of each class, default 10; all are learnt from, so nothing is left to calibrate on
  --test n        the first n test images, default all 10000
  --json file     also writes the result there
`;
const LAYERS = [...convolution(32), layer('maxPool2d'), ...convolution(64), layer('maxPool2d'), ...convolution(64), layer('dropout', { rate: 0.3 }), layer('flatten')];

await run(async () => {
  const { seed, epochs, test, json, ...own } = options(USAGE, { epochs: 400, own: { 'per-class': { type: 'string', default: '10' } } });
  const perClass = Number(own['per-class']);
  const request = {
    spec: { layers: LAYERS },
    options: { epochs, seed: BigInt(seed), batchSize: 100, learningRate: 0.003, optimizer: Optimizer.OPTIMIZER_ADAMW, schedule: Schedule.SCHEDULE_WARMUP_COSINE, weightDecay: 0.05, augmentation: { shift: 0.1, rotate: 15, scale: 0.15 } },
    regularization: { labelSmoothing: 0.1, weightAverageDecay: 0.99 },
  };
  return { benchmark: 'few', perClass, seed, epochs, ...(await trainAsService(request, await images('mnist', { test, perClass, seed }), { validationShare: 0 })), json };
});
