import { startEngine } from '../engine';
import { writeSafetensors } from '../safetensors/safetensors';
import { bars, SMALL_SPEC } from '../testing/data';
import { classificationObjective } from '../training/classification';
import { Trainer } from '../training/trainer';
import { buildNetwork } from './build';
import type { Network } from './network';
import type { LayerSpec, NetworkSpec } from './spec';
import { planTransfer, transferWeights } from './transfer';

beforeAll(() => {
  startEngine();
});

const NAMES = ['a', 'b', 'c'];
const source = { spec: SMALL_SPEC, classNames: NAMES };
const withLayers = (change: (layers: LayerSpec[]) => void, spec: NetworkSpec = SMALL_SPEC): NetworkSpec => {
  const layers = spec.layers.map((layer) => ({ ...layer }));
  change(layers);
  return { ...spec, layers };
};

describe('planTransfer', () => {
  it('takes all layers, and the head where the classes are the same', () => {
    const plan = planTransfer(source, source);
    expect(plan.layers.map(({ from, to }) => [from, to])).toEqual([[0, 0], [1, 1], [2, 2], [4, 4], [5, 5]]);
    expect(plan.head).toBe(true);
    expect(planTransfer({ ...source, classNames: ['a', 'c', 'b'] }, source).head).toBe(false);
  });

  it('lets dropout differ, and more layers follow, which take the head away', () => {
    const spec = withLayers((layers) => {
      layers.splice(6, 1);
      layers.splice(3, 1);
      layers.push({ kind: 'dense', units: 16 });
    });
    const plan = planTransfer({ spec, classNames: NAMES }, source);
    expect(plan.layers.map(({ from, to }) => [from, to])).toEqual([[0, 0], [1, 1], [2, 2], [4, 3], [5, 4]]);
    expect(plan.head).toBe(false);
  });

  it.each<[string, NetworkSpec, string, RegExp]>([
    ['another setting', withLayers((layers) => (layers[0] = { kind: 'conv2d', filters: 4, stride: 2 })), 'spec.layers[0]', /received conv2d \(.*stride 2\), expected conv2d \(.*stride 1\), as layer 0 of the version/],
    ['another layer', withLayers((layers) => (layers[2] = { kind: 'averagePool2d' })), 'spec.layers[2]', /received averagePool2d .*, expected maxPool2d/],
    ['fewer layers', withLayers((layers) => layers.splice(5, 1)), 'spec.layers[6]', /received no more layers, expected dense \(activation relu, units 16\)/],
    ['other channels', { ...SMALL_SPEC, inputShape: [8, 8, 3], normalization: undefined }, 'spec.layers[0]', /conv2d sees \[8, 8, 3\] for an example and has 112 weights; .* it sees \[8, 8, 1\] and has 40/],
    ['another size', { ...SMALL_SPEC, inputShape: [16, 16, 1] }, 'spec.layers[5]', /dense sees \[256\] .* it sees \[64\]/],
  ])('refuses %s, naming the first layer that differs', (_, spec, field, message) => {
    const act = () => planTransfer({ spec, classNames: NAMES }, source);
    expect(act).toThrow(message);
    expect(act).toThrow(expect.objectContaining({ reason: 'SHAPE_MISMATCH', violations: [expect.objectContaining({ field })] }));
  });
});

describe('a network with frozen layers', () => {
  const options = { training: bars(3, 6, 16), epochs: 2, seed: 5, learningRate: 0.01, weightDecay: 0.01, ema: { decay: 0.9 } };
  const bytes = (network: Network, name: string): Buffer => Buffer.from(network.exportWeights().get(name)!.data.buffer.slice(0));

  it('trains the rest, while their weights and running statistics stay, bit for bit', async () => {
    const network = buildNetwork(SMALL_SPEC, 1, { frozenLayers: 4 });
    const trainer = new Trainer({ objective: classificationObjective(network), ...options });
    const names = [...network.exportWeights().keys()];
    const before = names.map((name) => bytes(network, name));
    await trainer.train();
    const same = names.filter((name, index) => bytes(network, name).equals(before[index]!));
    expect(same).toEqual(names.filter((name) => /^layers\.[0-3]\./.test(name)));
    expect(same).toContain('layers.1.moving_mean');
    trainer.dispose();
    network.dispose();
  });

  it('resumes bit for bit, whatever it was built with', async () => {
    const finish = async (network: Network, checkpoint?: Uint8Array, stopAt = Infinity) => {
      const abort = new AbortController();
      const trainer = new Trainer({ objective: classificationObjective(network), ...options, progressEveryMs: 0, onEvent: (event) => void (event.type === 'progress' && event.step === stopAt && abort.abort()) });
      if (checkpoint) trainer.resumeFrom(checkpoint);
      await trainer.train(abort.signal);
      const saved = trainer.saveCheckpoint();
      const weights = Buffer.from(writeSafetensors(network.exportWeights()));
      trainer.dispose();
      network.dispose();
      return { saved, weights };
    };
    const frozen = { frozenLayers: 4 };
    const whole = await finish(buildNetwork(SMALL_SPEC, 1, frozen));
    const { saved } = await finish(buildNetwork(SMALL_SPEC, 1, frozen), undefined, 7);
    const resumed = await finish(buildNetwork(SMALL_SPEC, 99, frozen), saved);
    expect(resumed.weights.equals(whole.weights)).toBe(true);
    await expect(finish(buildNetwork(SMALL_SPEC, 1), saved)).rejects.toThrow(/frozenLayers/);
  });
});

it('takes over the weights that the plan names, and leaves the others', () => {
  const spec = withLayers((layers) => layers.splice(3, 1));
  const [from, to] = [buildNetwork(SMALL_SPEC, 1), buildNetwork({ ...spec, classes: 4 }, 2)];
  const fresh = to.exportWeights();
  const plan = planTransfer({ spec: to.spec, classNames: ['a', 'b', 'c', 'd'] }, source);
  transferWeights(to, plan, from.exportWeights());
  const [theirs, ours] = [from.exportWeights(), to.exportWeights()];
  expect(ours.get('layers.4.kernel')!.data).toEqual(theirs.get('layers.5.kernel')!.data);
  expect(ours.get('layers.1.gamma')!.data).toEqual(theirs.get('layers.1.gamma')!.data);
  expect(ours.get('logits.kernel')!.data).toEqual(fresh.get('logits.kernel')!.data);
  const damaged = new Map(theirs);
  damaged.delete('layers.5.kernel');
  expect(() => transferWeights(to, plan, damaged)).toThrow('weight layers.5.kernel of the source: received nothing, expected [64, 16]');
  from.dispose();
  to.dispose();
});
