import { watchJob } from '@quartet/client';
import { DatasetFormat, JobState, Part, rnn, type Dataset, type Version } from '@quartet/contracts';
import { decodeImage } from '@quartet/data';
import { failure } from './testing/failure';
import { Platform } from './testing/platform';

const NUMBERS = { one: 'eins', two: 'zwei', three: 'drei', four: 'vier', five: 'fünf', six: 'sechs' };
const COLOURS = { red: 'rot', blue: 'blau', green: 'grün', black: 'schwarz', white: 'weiß' };
const NOUNS = { cats: 'Katzen', dogs: 'Hunde', birds: 'Vögel', fish: 'Fische', mice: 'Mäuse', trees: 'Bäume', cars: 'Autos' };

/** Phrases of four words; in the other language the colour comes last. */
const PHRASES = Object.entries(NUMBERS).flatMap(([n, zahl]) =>
  Object.entries(COLOURS).flatMap(([c, farbe]) => Object.entries(NOUNS).map(([noun, wort]) => [`I see ${n} ${c} ${noun}`, `ich sehe ${zahl} ${wort} in ${farbe}`] as const)),
);
/** Two phrases of each name. Its translation is a word that nothing but the other phrase's translation tells. */
const NAMES = Array.from({ length: 60 }, (_, index) => Array.from({ length: 6 }, (__, at) => String.fromCharCode(97 + (Math.floor((Math.imul(index + 1, 2654435761) >>> 0) / 26 ** at) % 26))).join(''));
const NAMED = NAMES.flatMap((name) => (['show', 'hide'] as const).map((verb) => [`${verb} ${name}`, `${verb === 'show' ? 'zeige' : 'verberge'} ${Array.from(name).reverse().join('')}`] as const));
const WORDS: Partial<rnn.TextSpec> = { tokenizer: rnn.TokenizerSpec.create({ kind: rnn.TokenizerKind.TOKENIZER_KIND_WORD }), embedding: 24 };
const OPTIONS = { epochs: 16, batchSize: 16, learningRate: 0.01, seed: 4n };

describe('translating', () => {
  let platform: Platform;
  let dataset: Dataset;
  let version: Version;

  const train = (more: object = {}, options: object = {}) =>
    platform.client.rnn.trainTranslator({ model: 'phrases', dataset: 'phrases', network: { units: 32, dropout: 0.1 }, source: WORDS, target: WORDS, options: { ...OPTIONS, ...options }, ...more });
  const translate = (texts: string[], more: object = {}) => platform.client.rnn.translate({ model: { name: 'phrases' }, texts, ...more });

  beforeAll(async () => {
    platform = await Platform.start();
    const csv = ['source,target', ...PHRASES.map((pair) => pair.join(','))].join('\n');
    dataset = await platform.upload('phrases', 'phrases.csv', csv, { format: DatasetFormat.DATASET_FORMAT_PAIRS, testShare: 0.15, validationShare: 0.1 });
    version = await platform.version(await train());
    await platform.client.models.promoteVersion({ model: 'phrases', version: version.version });
  });
  afterAll(() => platform?.stop());

  it('learns: metrics of translations of the test part', () => {
    expect(dataset.schema).toMatchObject({ kind: 'pairs', columns: ['source', 'target'] });
    const { metrics } = version;
    expect(metrics['test/examples']).toBe(Number(dataset.parts.find(({ part }) => part === Part.PART_TEST)!.count));
    expect(metrics['test/chrf']).toBeGreaterThan(90);
    expect(metrics['test/bleu']).toBeGreaterThan(80);
    expect(metrics['test/sequenceErrorRate']).toBeLessThan(0.35);
    expect(metrics['test/tokenAccuracy']).toBeGreaterThan(0.9);
    expect(metrics['validation/loss']).toBeLessThan(1);
  });

  it('translates through the gateway, whatever else is in the batch', async () => {
    const texts = ['I see two red dogs', 'I see six white mice', 'I see four green'];
    const together = await translate(texts);
    expect(together.modelVersion).toBe(1n);
    expect(together.results[0]!.hypotheses[0]).toMatchObject({ text: 'ich sehe zwei Hunde in rot', tokens: ['ich', 'sehe', 'zwei', 'Hunde', 'in', 'rot'] });
    expect(together.results[1]!.hypotheses[0]!.text).toBe('ich sehe sechs Mäuse in weiß');
    const alone = await translate([texts[1]!]);
    expect(alone.results[0]!.hypotheses[0]!.text).toBe(together.results[1]!.hypotheses[0]!.text);
    expect(alone.results[0]!.hypotheses[0]!.score).toBeCloseTo(together.results[1]!.hypotheses[0]!.score, 4);
  });

  it('gives several alternatives, best first; a beam of 1 is greedy; other penalties give other scores', async () => {
    const { results } = await translate(['I see five black birds'], { beamWidth: 6, alternatives: 5 });
    const scores = results[0]!.hypotheses.map(({ score }) => score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(scores).toHaveLength(5);
    expect(new Set(results[0]!.hypotheses.map(({ text }) => text)).size).toBe(5);
    const [greedy, unpenalized] = await Promise.all([translate(['I see five black birds'], { beamWidth: 1 }), translate(['I see five black birds'], { lengthPenalty: 0 })]);
    expect(greedy.results[0]!.hypotheses).toHaveLength(1);
    expect(greedy.results[0]!.hypotheses[0]!.text).toBe('ich sehe fünf Vögel in schwarz');
    expect(unpenalized.results[0]!.hypotheses[0]!.score).toBeLessThan(scores[0]!);
  });

  it('draws the attention: a row a target token, a column a source token', async () => {
    const { results } = await translate(['I see three blue cars'], { attentionPng: true });
    const png = results[0]!.attentionPng;
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    const { data, shape } = await decodeImage(png, { height: png.readUInt32BE(20), width: png.readUInt32BE(16), channels: 3 });
    const [height, width] = shape as [number, number];
    // 5 source tokens; 6 target tokens and the end.
    const at = (row: number, column: number): number => data[((height - 12 - (7 - row) * 24 + 10) * width + (width - 12 - (5 - column) * 24 + 10)) * 3]!;
    const rows = [0, 1, 2, 3, 4, 5].map((row) => [0, 1, 2, 3, 4].reduce((sum, column) => sum + 1 - at(row, column), 0));
    // The weights of a row add up to 1, which is the darkest blue.
    for (const sum of rows) expect(sum).toBeCloseTo(1 - 8 / 255, 1);
    expect((await translate(['I see three blue cars'])).results[0]!.attentionPng).toHaveLength(0);
  });

  it('says what it does not know, and what it cut', async () => {
    const { results } = await translate(['I see two purple dogs', 'I see two red dogs and two red dogs', 'I see two red dogs']);
    expect(results.map(({ warnings }) => warnings)).toEqual([
      ['1 of 5 tokens are unknown to the model'],
      ['the text has 9 tokens; it was cut to the first 5, the most that this model takes'],
      [],
    ]);
    const short = await translate(['I see two red dogs'], { maxTokens: 3 });
    expect(short.results[0]).toMatchObject({ hypotheses: [{ text: 'ich sehe zwei' }], warnings: ['the translation was stopped after 3 tokens, before its end'] });
  });

  it('refuses what it cannot translate', async () => {
    const cases: [() => Promise<unknown>, string, string][] = [
      [() => translate([]), 'EMPTY_BATCH', 'received none, expected 1 to 16'],
      [() => translate(new Array<string>(17).fill('I see')), 'BATCH_TOO_LARGE', 'received 17, expected at most 16 (QUARTET_MAX_BATCH); split them into several calls'],
      [() => translate(['I see', '']), 'INVALID_FIELD', 'texts[1]: is empty; send some text'],
      [() => translate([' \n']), 'INVALID_FIELD', 'texts[0]: is blank; send some text'],
      [() => translate(['I s\uFFFDe']), 'INVALID_FIELD', 'texts[0]: received invalid UTF-8 at character 3; send the text as UTF-8'],
      [() => translate(['qu\'est-ce que']), 'INVALID_FIELD', 'none of which the model knows; it was trained on other words'],
      [() => translate(['a '.repeat(10_001)]), 'INVALID_FIELD', 'texts[0]: has 20002 characters, expected at most 20000; send it sentence by sentence'],
      [() => translate(['I see'], { beamWidth: 33 }), 'INVALID_FIELD', 'beam_width: received 33, expected 1 (greedy) to 32, or 0 for 4'],
      [() => translate(['I see'], { alternatives: 5 }), 'INVALID_FIELD', "alternatives: received 5, expected at most the beam's width of 4; widen it by beam_width"],
      [() => translate(['I see'], { lengthPenalty: NaN }), 'INVALID_FIELD', 'length_penalty: received NaN, expected 0 to 4; 0.6 suits most texts'],
      [() => translate(['I see'], { maxTokens: 8 }), 'INVALID_FIELD', 'max_tokens: received 8, expected at most 7, the most that this model was trained on'],
      [() => platform.client.rnn.translate({ model: { name: 'nobody' }, texts: ['I see'] }), 'MODEL_NOT_FOUND', 'nobody'],
      [() => platform.client.rnn.classify({ model: { name: 'phrases' }, sequences: [] }), 'WRONG_STATE', "model 'phrases' version 1 translates texts; call Translate"],
    ];
    for (const [call, reason, text] of cases) {
      const error = await failure(call());
      expect({ reason: error.reason, message: error.message }).toEqual({ reason, message: expect.stringContaining(text) });
    }
  });

  it('refuses trainings on the wrong data and with settings out of range, all at once', async () => {
    await platform.upload('months', 'm.csv', ['a,b', ...Array.from({ length: 30 }, (_, i) => `2020-01-${String(i + 1).padStart(2, '0')},${i}`)].join('\n'), { format: DatasetFormat.DATASET_FORMAT_SERIES });
    const wrong = await failure(train({ dataset: 'months' }));
    expect(wrong).toMatchObject({ reason: 'UNUSABLE_DATASET', message: expect.stringContaining("dataset: 'months' holds a series; a translator trains on pairs of texts") });
    const error = await failure(
      train({ network: { units: 2000, inputNoise: 0.1, memory: 5, layerNormalization: true }, source: { ...WORDS, maxTokens: 500 }, target: { ...WORDS, embedding: 7 }, scheduledSampling: { share: 1.5, reachedAt: 0 }, attention: 9, memory: 2 }),
    );
    expect(error.reason).toBe('INVALID_FIELD');
    expect(error.violations.map(({ field }) => field)).toEqual(['network.units', 'network.memory', 'network.layer_normalization', 'network.input_noise', 'source.max_tokens', 'target.embedding', 'memory', 'attention', 'scheduled_sampling.share']);
    const copying = await failure(train({ copy: true, memory: 4, target: { tokenizer: { kind: rnn.TokenizerKind.TOKENIZER_KIND_BPE } } }));
    expect(copying.violations).toMatchObject([
      { field: 'target.tokenizer', description: "differs from the source's; a translator that copies has one tokenizer, learned from both. Give it once, or make them equal" },
      { field: 'memory', description: 'is 4; it takes a whole number from 0 to 3' },
    ]);
  });

  it('a training that is killed midway goes on to what an uninterrupted one gives, bit for bit', async () => {
    const more = { scheduledSampling: { share: 0.3, reachedAt: 0.5 }, attention: rnn.Attention.ATTENTION_BAHDANAU, network: { units: 12, dropout: 0.2 } };
    const options = { epochs: 3, checkpointEverySteps: 4 };
    const whole = await platform.version(await train({ ...more, model: 'whole' }, options));
    const job = await train({ ...more, model: 'broken' }, options);
    for await (const { event } of watchJob(platform.client, job.id)) if (event?.$case === 'checkpoint') break;
    const { trainingPid } = await platform.service.line((line) => line['job'] === job.id && line.msg === 'job claimed');
    process.kill(trainingPid as number, 'SIGKILL');
    const broken = await platform.version(job);
    const finished = await platform.client.training.getJob({ id: job.id });
    expect(finished).toMatchObject({ state: JobState.JOB_STATE_SUCCEEDED, attempt: 2 });
    expect(broken.weightsSha256).toBe(whole.weightsSha256);
    expect(broken.metrics).toEqual(whole.metrics);
    // Three processes that each load TensorFlow.
  }, 300_000);

  it('copies what its memory knows of a similar text, and changes what is to be changed', async () => {
    // Fifteen phrases that are neither learned from nor remembered; of each the other one is.
    const some = NAMED.filter((_, at) => at % 8 === 0);
    await platform.upload('names', 'names.csv', ['source,target', ...NAMED.filter((pair) => !some.includes(pair)).map((pair) => pair.join(','))].join('\n'), { format: DatasetFormat.DATASET_FORMAT_PAIRS });
    const more = { model: 'names', dataset: 'names', copy: true, memory: 1, source: { ...WORDS, maxTokens: 4 }, target: { embedding: 24 }, network: { units: 16 } };
    const { manifestJson } = await platform.version(await train(more, { epochs: 40 }));
    const { spec, files } = JSON.parse(manifestJson) as { spec: { memory: number; source: object; target: object }; files: { path: string }[] };
    expect(spec.memory).toBe(1);
    expect(spec.source).toEqual(spec.target);
    expect(files.map(({ path }) => path)).toContain('memory.json');
    const { results } = await translate(some.map(([source]) => source), { model: { name: 'names', target: { $case: 'version', value: 1n } } });
    // Retrieval alone has the verb wrong in each, a network alone the word.
    expect(results.filter(({ hypotheses }, index) => hypotheses[0]!.text === some[index]![1]).length).toBeGreaterThan(11);
  }, 120_000);

  it('translates by the Open Inference Protocol as by the typed call', async () => {
    const texts = ['I see two red dogs', 'I see six white mice'];
    const { results } = await translate(texts);
    const contents = { bytesContents: texts.map((text) => Buffer.from(text)) };
    const { outputs } = await platform.client.inference.modelInfer({ modelName: 'phrases', inputs: [{ name: 'texts', datatype: 'BYTES', shape: [2], contents }] });
    expect(outputs.map(({ name, datatype }) => [name, datatype])).toEqual([['translations', 'BYTES'], ['scores', 'FP32']]);
    expect(outputs[0]!.contents!.bytesContents.map(String)).toEqual(results.map(({ hypotheses }) => hypotheses[0]!.text));
    expect(outputs[1]!.contents!.fp32Contents).toEqual(results.map(({ hypotheses }) => hypotheses[0]!.score));
  });
});
