import { startEngine } from '../engine';
import { buildNetwork } from '../network/build';
import { bars, SMALL_SPEC } from '../testing/data';
import { classificationObjective } from './classification';
import type { OptimizerKind, TrainerOptions } from './options';
import { Trainer } from './trainer';

beforeAll(() => {
  startEngine();
});

const OPTIMIZERS: OptimizerKind[] = ['sgd', 'momentum', 'rmsprop', 'adam', 'adamw'];

/** Loss of each step, and all weights at the end. */
async function train(options: Partial<TrainerOptions>): Promise<{ losses: number[]; weights: number[] }> {
  const network = buildNetwork(SMALL_SPEC, 1);
  const losses: number[] = [];
  const trainer = new Trainer({
    objective: classificationObjective(network),
    training: bars(3, 6, 16),
    epochs: 2,
    seed: 5,
    learningRate: 0.003,
    progressEveryMs: 0,
    onEvent: (event) => void (event.type === 'progress' && losses.push(event.metrics['step/loss']!)),
    ...options,
  });
  try {
    await trainer.train();
    return { losses, weights: [...network.exportWeights().values()].flatMap(({ data }) => [...data]) };
  } finally {
    trainer.dispose();
    network.dispose();
  }
}

test.each(OPTIMIZERS)('%s: a training of captured steps equals one of eager steps', async (optimizer) => {
  const clip = { globalNorm: 1 };
  const [captured, eager] = [await train({ optimizer, clip }), await train({ optimizer, clip, eager: true })];
  expect(captured.losses).toHaveLength(12);
  // Rounding differs where a graph fuses operations, and each step starts from what the one before left.
  captured.losses.forEach((loss, step) => expect(Math.abs(loss - eager.losses[step]!) / eager.losses[step]!).toBeLessThan(step === 0 ? 1e-6 : 1e-4));
  const largest = Math.max(...captured.weights.map((weight, index) => Math.abs(weight - eager.weights[index]!)));
  expect(largest).toBeLessThan(1e-3);
});
