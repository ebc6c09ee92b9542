import type { CallError} from '@quartet/client';
import { tensorToFloat32, type Input } from '@quartet/client';
import { DatasetFormat, rnn, type Dataset, type Version } from '@quartet/contracts';
import { failure } from './testing/failure';
import { Platform } from './testing/platform';

const WHO = ['the cat', 'a dog', 'the bird', 'my fish'];
const DID = ['sat on the mat', 'ran to the door', 'sang in the tree'];
/** Every who with every deed, often. */
const SENTENCES = Array.from({ length: 144 }, (_, index) => `${WHO[index % 4]} ${DID[Math.floor(index / 4) % 3]}.`);

describe('language models', () => {
  let platform: Platform;
  let tales: Dataset;
  let version: Version;

  beforeAll(async () => {
    platform = await Platform.start();
    tales = await platform.upload('tales', 'tales.csv', `text\n${SENTENCES.join('\n')}\n`, { format: DatasetFormat.DATASET_FORMAT_TEXT_CSV, validationShare: 0.1, testShare: 0.1 });
    const job = await platform.client.rnn.trainLanguageModel({ model: 'teller', dataset: 'tales', network: { units: 48, dropout: 0 }, text: { embedding: 16 }, window: 24, options: { epochs: 20, batchSize: 8, learningRate: 0.02, seed: 1 } });
    version = await platform.version(job);
    await platform.client.models.promoteVersion({ model: 'teller', version: version.version });
  });
  afterAll(() => platform?.stop());

  interface Told {
    tokens: rnn.GeneratedToken[];
    end: rnn.GenerationEnd;
  }
  async function tell(request: Input<rnn.GenerateRequest>): Promise<Told> {
    const tokens: rnn.GeneratedToken[] = [];
    for await (const { message } of platform.client.rnn.generate({ model: { name: 'teller' }, ...request })) {
      if (message?.$case === 'token') tokens.push(message.value);
      else if (message?.$case === 'end') return { tokens, end: message.value };
    }
    throw new Error('the stream ended without an end');
  }

  it('measures how well they foretell texts that they have not seen', () => {
    expect(tales.schema!.kind).toBe('text');
    const { metrics } = version;
    // 4 kinds of sentence that go on in 3 ways: about 3.6 bits for some 25 characters.
    expect(metrics['test/perplexity']).toBeLessThan(1.5);
    expect(metrics['validation/perplexity']).toBeLessThan(1.5);
    expect(metrics['test/bitsPerCharacter']).toBeCloseTo((Math.log2(metrics['test/perplexity']!) * metrics['test/tokens']!) / (metrics['test/tokens']! - metrics['test/tokens']! / 25), 1);
    expect(metrics['test/unknownShare']).toBe(0);
    expect(metrics['gradients/reach']).toBeGreaterThan(0);
  });

  it('go on with a prompt, token by token, and say why they ended', async () => {
    const { tokens, end } = await tell({ prompt: 'the cat sa', temperature: 0 });
    expect(end).toMatchObject({ reason: rnn.EndReason.END_REASON_END_OF_TEXT, modelVersion: 1n, warnings: [] });
    expect(['t on the mat.', 'ng in the tree.']).toContain(end.text);
    expect(tokens.map(({ text }) => text).join('')).toBe(end.text);
    expect(tokens).toHaveLength(end.tokens);
    for (const { logProbability } of tokens) expect(logProbability).toBeLessThanOrEqual(0);
    const cut = await tell({ prompt: '', maxTokens: 5 });
    expect(cut.end).toMatchObject({ reason: rnn.EndReason.END_REASON_MAX_TOKENS, tokens: 5 });
  });

  it('say the same for the same seed, also beside others, and tell a seed that they drew', async () => {
    const seeds = [1n, 2n, 3n, 4n, 5n, 6n];
    const alone: string[] = [];
    for (const seed of seeds) alone.push((await tell({ seed, temperature: 1.5 })).end.text);
    expect(new Set(alone).size).toBeGreaterThan(2);
    const together = await Promise.all(seeds.map((seed) => tell({ seed, temperature: 1.5 })));
    expect(together.map(({ end }) => end.text)).toEqual(alone);
    const drawn = await tell({ temperature: 1.5 });
    expect((await tell({ temperature: 1.5, seed: drawn.end.seed })).end.text).toBe(drawn.end.text);
  });

  it('keep to the likely tokens where that is asked for', async () => {
    const likeliest = (await tell({ prompt: 'a ', temperature: 0 })).end.text;
    expect((await tell({ prompt: 'a ', topK: 1, temperature: 3 })).end.text).toBe(likeliest);
    expect((await tell({ prompt: 'a ', topP: 1e-6, temperature: 3 })).end.text).toBe(likeliest);
  });

  it('end before a stop, of which nothing is shown', async () => {
    const stopped = await tell({ prompt: 'the bird ', stop: ['the', 'e mat'], temperature: 0 });
    expect(stopped.end.reason).toBe(rnn.EndReason.END_REASON_STOP);
    expect(['sat on ', 'ran to ', 'sang in ']).toContain(stopped.end.text);
    expect(stopped.tokens.map(({ text }) => text).join('')).toBe(stopped.end.text);
    // What only begins like a stop is shown.
    const whole = await tell({ prompt: 'the bird ', stop: ['then'], temperature: 0 });
    expect(whole.end).toMatchObject({ reason: rnn.EndReason.END_REASON_END_OF_TEXT });
    expect(whole.tokens.map(({ text }) => text).join('')).toBe(whole.end.text);
  });

  it('tell of unknown tokens in a prompt', async () => {
    const { end } = await tell({ prompt: 'Ж the cat', maxTokens: 3 });
    expect(end.warnings).toEqual(['1 of the 9 tokens of the prompt are unknown to the model: "Ж"']);
  });

  it('stop when the caller leaves', async () => {
    const left = () => platform.service.log.some(({ msg, code, method }) => msg === 'call' && code === 'CANCELLED' && method === '/quartet.rnn.v1.RnnService/Generate');
    // Wild texts of some 30 tokens: now and then one ends before the news of the leaving arrives.
    for (let seed = 1n; seed <= 100n && !left(); seed++) {
      const controller = new AbortController();
      const call = async (): Promise<void> => {
        for await (const { message } of platform.client.rnn.generate({ model: { name: 'teller' }, maxTokens: 4096, temperature: 10, seed }, { signal: controller.signal })) {
          if (message?.$case === 'token') controller.abort();
        }
      };
      await call().catch((error: CallError) => expect(error.reason).toBe('CANCELLED'));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(left()).toBe(true);
  });

  it('answer step by step in a live session, with the distribution of what comes next', async () => {
    const answers: Float32Array[] = [];
    for await (const { message } of platform.client.rnn.step([{ message: { $case: 'open', value: { model: { name: 'teller' } } } }, { message: { $case: 'text', value: 'the' } }, { message: { $case: 'text', value: ' cat ' } }])) {
      if (message?.$case === 'output') answers.push(tensorToFloat32(message.value.output!));
    }
    expect(answers).toHaveLength(2);
    for (const answer of answers) expect(answer.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
    const [first] = (await tell({ prompt: 'the cat ', temperature: 0, maxTokens: 1 })).tokens;
    expect(answers[1]![first!.id]).toBeCloseTo(Math.exp(first!.logProbability), 5);
  });

  it.each([
    ['words', { kind: rnn.TokenizerKind.TOKENIZER_KIND_WORD }, /^(?:the|a|my) \w+/],
    ['byte pairs', { kind: rnn.TokenizerKind.TOKENIZER_KIND_BPE, maxVocabulary: 320 }, /\w/],
  ])('learn %s', async (_, tokenizer, begins) => {
    const model = `of-${tokenizer.kind}`;
    const job = await platform.client.rnn.trainLanguageModel({ model, dataset: 'tales', network: { cell: rnn.Cell.CELL_GRU, units: 24, dropout: 0 }, text: { tokenizer, embedding: 16 }, window: 8, options: { epochs: 12, batchSize: 8, learningRate: 0.03, seed: 1 } });
    const { metrics } = await platform.version(job);
    expect(metrics['test/bitsPerCharacter']).toBeLessThan(1);
    const told = await tell({ model: { name: model, target: { $case: 'version', value: 1n } }, temperature: 0, maxTokens: 30 });
    expect(told.end.text).toMatch(begins);
    expect(told.tokens.map(({ text }) => text).join('')).toBe(told.end.text);
  });

  it('refuse what they cannot do, naming the field, what was received and what to do', async () => {
    const { client } = platform;
    const train = (request: Input<rnn.TrainLanguageModelRequest>) => client.rnn.trainLanguageModel({ model: 'm', dataset: 'tales', ...request });
    const cases: [() => Promise<unknown>, string, RegExp][] = [
      [() => tell({ maxTokens: 5000 }), 'INVALID_FIELD', /max_tokens: is 5000; it takes 1 to 4096/],
      [() => tell({ temperature: -1 }), 'INVALID_FIELD', /temperature: is -1; it takes 0 to 10/],
      [() => tell({ temperature: NaN }), 'INVALID_FIELD', /temperature: is NaN/],
      [() => tell({ topP: 0 }), 'INVALID_FIELD', /top_p: is 0; it takes a number above 0, at most 1/],
      [() => tell({ stop: ['a', ''] }), 'INVALID_FIELD', /stop\[1\]: is empty/],
      [() => tell({ stop: new Array<string>(17).fill('x') }), 'INVALID_FIELD', /stop: received 17, expected at most 16/],
      [() => tell({ prompt: 'x\uFFFD' }), 'INVALID_FIELD', /prompt: received invalid UTF-8 at character 1/],
      [() => tell({ prompt: 'x'.repeat(20_000) }), 'INVALID_FIELD', /prompt: has 20000 tokens, expected at most 16384/],
      [() => tell({ model: { name: 'nobody' } }), 'MODEL_NOT_FOUND', /nobody/],
      [() => client.rnn.classify({ model: { name: 'teller' }, texts: ['x'] }), 'WRONG_STATE', /generates text; call Generate/],
      [() => train({ window: 5000, network: { bidirectional: true, inputNoise: 1 }, text: { maxTokens: 5, embedding: 5000 } }), 'INVALID_FIELD', /network\.bidirectional is true.*network\.input_noise is 1.*text\.embedding.*5000.*text\.max_tokens is 5.*window is 5000/],
      [() => train({ network: { cell: rnn.Cell.CELL_SIMPLE, memory: 100 } }), 'INVALID_FIELD', /network\.memory is 100, but a simple cell has no gates; use CELL_LSTM or CELL_GRU/],
      [() => train({ dataset: 'nothing' }), 'DATASET_NOT_FOUND', /nothing/],
    ];
    for (const [call, reason, text] of cases) {
      const error = await failure(call());
      expect(error.message).toMatch(text);
      expect(error.reason).toBe(reason);
    }
  });

  it('have no call in the Open Inference Protocol, which says which one they have', async () => {
    for (const call of [platform.client.inference.modelMetadata({ name: 'teller' }), platform.client.inference.modelInfer({ modelName: 'teller' })]) {
      expect(await failure(call)).toMatchObject({ reason: 'WRONG_STATE', message: "the answers of model 'teller' version 1 aren't tensors: the Open Inference Protocol has no call for it; call quartet.rnn.v1.RnnService/Generate" });
    }
  });
});
