import { Program } from '../capture/program';
import { scoped, startEngine, tf, type Tensor } from '../engine';
import { sequenceMask } from '../losses/token-cross-entropy';
import type { HostTensor } from '../tensor/host-tensor';
import { golden, largestDifference } from '../testing/golden';
import { bahdanauAttention, luongAttention, type Attention } from './attention';
import { Parameters } from './parameters';

interface Golden {
  attention: {
    queries: number[];
    memory: number[];
    lengths: number[];
    scale: number[];
    cases: Record<'luong' | 'bahdanau', { context: number[]; weights: number[]; factor: number[]; gradients: number[][] }>;
  };
}

const { attention: expected } = golden<Golden>('sequence.json');
const inputs: Record<'queries' | 'memory' | 'lengths', HostTensor> = {
  queries: { dtype: 'float32', shape: [2, 3, 4], data: Float32Array.from(expected.queries) },
  memory: { dtype: 'float32', shape: [2, 5, 4], data: Float32Array.from(expected.memory) },
  lengths: { dtype: 'int32', shape: [2], data: Int32Array.from(expected.lengths) },
};

beforeAll(() => {
  startEngine();
});

/** Keras' layers project nothing: here the projections are the identity. */
const MAKERS = {
  luong: (p: Parameters): Attention => luongAttention(p, 4, 4),
  bahdanau: (p: Parameters): Attention => bahdanauAttention(p, 4, 4, 4),
};

function setWeights(parameters: Parameters): void {
  scoped(() => {
    for (const { name, variable } of parameters.all) variable.assign(name === 'scale' ? tf().tensor1d(expected.scale) : tf().eye(4));
  });
}

describe.each(['luong', 'bahdanau'] as const)('%s attention', (name) => {
  const { context, weights, factor, gradients } = expected.cases[name];

  test("is Keras', gradients and mask included, captured and eager", () => {
    const parameters = new Parameters(1);
    const attention = MAKERS[name](parameters);
    setWeights(parameters);
    const pass = (queries: Tensor, memory: Tensor, lengths: Tensor): Tensor[] => {
      const of = (q: Tensor, m: Tensor) => attention.apply(q, attention.keys(m), m, sequenceMask(lengths, 5));
      const { context: seen, weights: shares } = of(queries, memory);
      return [seen, shares, ...tf().grads((q: Tensor, m: Tensor) => of(q, m).context.mul(tf().tensor(factor, [2, 3, 4])).sum())([queries, memory])];
    };
    const wanted = [context, weights, ...gradients];
    scoped(() => {
      const [queries, memory] = [tf().tensor(expected.queries, [2, 3, 4]), tf().tensor(expected.memory, [2, 5, 4])];
      pass(queries, memory, tf().tensor1d(expected.lengths, 'int32')).forEach((tensor, index) => expect(largestDifference(tensor.dataSync(), wanted[index]!)).toBeLessThan(1e-5));
    });
    const program = new Program(parameters.all);
    const step = program.step<keyof typeof inputs>('attend', (given) => ({ outputs: Object.fromEntries(pass(given.queries, given.memory, given.lengths).map((tensor, index) => [String(index), tensor])) }));
    step.run(inputs, ['0', '1', '2', '3']).forEach(({ data }, index) => expect(largestDifference(data, wanted[index]!)).toBeLessThan(1e-5));
    program.dispose();
    parameters.dispose();
  });

  test('refuses a mask that is not the memory\'s', () => {
    const parameters = new Parameters(1);
    const attention = MAKERS[name](parameters);
    scoped(() => {
      const memory = tf().zeros([2, 5, 4]);
      expect(() => attention.apply(tf().zeros([2, 3, 4]), attention.keys(memory), memory, tf().ones([2, 4]))).toThrow(
        'mask: received [2, 4] for a memory of [2, 5, 4], expected one number for each of its steps',
      );
    });
    parameters.dispose();
  });
});

test('weights project queries and memory of different widths', () => {
  scoped(() => {
    const parameters = new Parameters(3);
    const [luong, bahdanau] = [luongAttention(parameters.scope('luong'), 3, 6), bahdanauAttention(parameters.scope('bahdanau'), 3, 6, 5)];
    for (const attention of [luong, bahdanau]) {
      const memory = tf().randomNormal([2, 4, 6], 0, 1, 'float32', 1);
      const { context, weights } = attention.apply(tf().randomNormal([2, 1, 3], 0, 1, 'float32', 2), attention.keys(memory), memory, tf().ones([2, 4]));
      expect([context.shape, weights.shape]).toEqual([[2, 1, 6], [2, 1, 4]]);
      expect(largestDifference(weights.sum(2).dataSync(), [1, 1])).toBeLessThan(1e-6);
    }
    expect(parameters.all.map(({ name, variable }) => [name, variable.shape])).toEqual([
      ['luong.kernel', [6, 3]],
      ['bahdanau.query_kernel', [3, 5]],
      ['bahdanau.memory_kernel', [6, 5]],
      ['bahdanau.scale', [5]],
    ]);
    parameters.dispose();
  });
});
