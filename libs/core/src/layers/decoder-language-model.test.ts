import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exportModel } from '../artifact/export-model';
import { SavedModelSession } from '../artifact/session';
import { uniformNumbers } from '../decoding/random';
import { generateTokens } from '../decoding/sampling';
import { startEngine } from '../engine';
import type { HostTensor } from '../tensor/host-tensor';
import type { ExampleBatch } from '../training/objective';
import { languageModelObjective } from '../training/language-model';
import { Trainer } from '../training/trainer';
import { languageModel, languageModelFunctions } from './decoder-language-model';
import { Parameters } from './parameters';
import { stateNames } from './decoder-functions';

beforeAll(() => {
  startEngine();
});

/**
 * A language whose entropy is known: 0 begins a text; then come pairs of a letter (1 or 2, alike likely) and its echo (3 after 1, 4 after
 * 2); after each pair 5 ends the text with a chance of 1 in 4. What comes after the echo is a matter of chance: ln 2 nats for the letter.
 */
function texts(seed: number, count: number, time = 16): ExampleBatch {
  const random = uniformNumbers(seed);
  const tokens = new Int32Array(count * time);
  const lengths = Int32Array.from({ length: count }, (_, row) => {
    const text = [0];
    do {
      const letter = random() < 0.5 ? 1 : 2;
      text.push(letter, letter + 2);
    } while (random() >= 0.25 && text.length + 3 <= time);
    text.push(5);
    tokens.set(text.slice(0, time), row * time);
    return Math.min(text.length, time);
  });
  return { inputs: { tokens: { dtype: 'int32', shape: [count, time], data: tokens }, lengths: { dtype: 'int32', shape: [count], data: lengths } }, count };
}

describe('a language model trained on a language of known entropy', () => {
  const parameters = new Parameters(2);
  const model = languageModel(parameters, { tokens: 6, units: 24, embedding: 8, layers: 2, cell: 'gru' });
  const folder = mkdtempSync(path.join(tmpdir(), 'quartet-language-'));
  let loss = NaN;
  let session: SavedModelSession | undefined;

  beforeAll(async () => {
    const objective = languageModelObjective(model, parameters.all);
    const validation = { *batches() { yield texts(99, 512); } };
    const trainer = new Trainer({ objective, training: { stepsPerEpoch: 60, batch: (epoch, step) => texts(1000 * epoch + step + 1, 64) }, validation, epochs: 4, learningRate: 0.02, schedule: 'warmupCosine' });
    loss = (await trainer.train()).history.at(-1)!.metrics['validation/loss']!;
    trainer.dispose();
    const { bytes, signatures } = exportModel({ weights: parameters.all, functions: languageModelFunctions(model) });
    writeFileSync(path.join(folder, 'saved_model.pb'), bytes);
    session = new SavedModelSession(folder, signatures);
  });
  afterAll(() => {
    session?.dispose();
    parameters.dispose();
    rmSync(folder, { recursive: true });
  });

  /** Nats a token that no model can do without, from the texts themselves. */
  function entropy({ inputs }: ExampleBatch): number {
    const [tokens, lengths] = [inputs.tokens!.data, inputs.lengths!.data];
    let [nats, count] = [0, 0];
    lengths.forEach((length, row) => {
      for (let t = 1; t < length; t += 1, count += 1) {
        const [before, token] = [tokens[row * 16 + t - 1]!, tokens[row * 16 + t]!];
        if (before === 0) nats += Math.log(2);
        // After 7 pairs there is no room for another.
        if (before > 2 && t < 14) nats -= Math.log(token === 5 ? 0.25 : 0.75 / 2);
      }
    });
    return nats / count;
  }

  test('reaches the entropy', () => {
    expect(loss).toBeGreaterThan(entropy(texts(99, 512)) - 0.01);
    expect(loss).toBeLessThan(entropy(texts(99, 512)) + 0.03);
  });

  /** A text by the exported step. */
  function generate(seed: number, temperature = 1): number[] {
    const [names, next] = [false, true].map((after) => stateNames(model.stateUnits.length, after)) as [string[], string[]];
    let states = Object.fromEntries(names.map((name): [string, HostTensor] => [name, { dtype: 'float32', shape: [1, 24], data: new Float32Array(24) }]));
    const step = (token: number): ArrayLike<number> => {
      const result = session!.run<string>({ token: { dtype: 'int32', shape: [1], data: Int32Array.of(token) }, ...states }, undefined, 'step');
      states = Object.fromEntries(names.map((name, index) => [name, result[next[index]!]!]));
      return result.logits!.data;
    };
    return [...generateTokens(step(0), step, { maxTokens: 20, seed, temperature, stop: [[5]] })];
  }

  test('speaks it: letters with their echoes, as often the one as the other, of the right length', () => {
    const said = Array.from({ length: 200 }, (_, seed) => generate(seed));
    const grammatical = said.filter((text) => /^((13|24))+5$/.test(text.join('')));
    expect(grammatical.length).toBeGreaterThan(190);
    const letters = said.flat().filter((token) => token === 1 || token === 2);
    expect(letters.filter((token) => token === 1).length / letters.length).toBeCloseTo(0.5, 1);
    expect(said.filter((text) => text.length === 3).length / 200).toBeGreaterThan(0.15);
    expect(said.filter((text) => text.length === 3).length / 200).toBeLessThan(0.35);
    expect(generate(7)).toEqual(generate(7));
  });
});

test('tokens and lengths out of range are refused', () => {
  const parameters = new Parameters(1);
  const objective = languageModelObjective(languageModel(parameters, { tokens: 5, units: 4, embedding: 3 }), parameters.all);
  const { inputs } = texts(1, 4);
  expect(() => objective.check({ inputs, count: 4 })).toThrow('input tokens: received token 5, expected 0 to 4, padding included');
  const short = { ...inputs, tokens: { ...inputs.tokens!, data: new Int32Array(64) }, lengths: { ...inputs.lengths!, data: Int32Array.of(1, 2, 2, 2) } };
  expect(() => objective.check({ inputs: short, count: 4 })).toThrow('input lengths: received 1, expected 2 to 16');
  parameters.dispose();
});
