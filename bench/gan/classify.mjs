import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { ImageBatches, evaluationBatches } = require('../../libs/data/dist/index.js');

/** conv 32 - pool - conv 64 - pool - dense 128 - dropout, what the CNN service trains on such images by default. */
const LAYERS = [
  { kind: 'conv2d', filters: 32 }, { kind: 'maxPool2d' }, { kind: 'conv2d', filters: 64 }, { kind: 'maxPool2d' },
  { kind: 'flatten' }, { kind: 'dense', units: 128 }, { kind: 'dropout', rate: 0.4 },
];

/** Accuracy on `test` of a CNN that was trained on `train`. @param augmentation Of ImageBatches. */
export async function testAccuracy(core, train, test, epochs, seed, batchSize = 128, augmentation = {}) {
  const network = core.buildNetwork({ inputShape: train.exampleShape, layers: LAYERS, classes: 10 }, seed);
  const trainer = new core.Trainer({ objective: core.classificationObjective(network), training: new ImageBatches(train, { batchSize, seed, augmentation }), epochs, seed, learningRate: 0.002, schedule: 'warmupCosine', diagnosticsEverySteps: 0 });
  await trainer.train();
  const { accuracy } = await core.evaluateTrained(trainer, evaluationBatches(test, 500), 10);
  trainer.dispose();
  network.dispose();
  return accuracy;
}
