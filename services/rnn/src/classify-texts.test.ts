import { tensorFromFloat32 } from '@quartet/client';
import { DatasetFormat, rnn, type Dataset, type Version } from '@quartet/contracts';
import { failure } from './testing/failure';
import { csv, LANGUAGES, messages } from './testing/messages';
import { Platform } from './testing/platform';

const { TOKENIZER_KIND_BPE, TOKENIZER_KIND_CHARACTER } = rnn.TokenizerKind;

describe('classifying texts', () => {
  let platform: Platform;
  let languages: Dataset;
  let version: Version;
  const rows = LANGUAGES.flatMap((language) => messages(language, 60).map((text) => [text, language] as const));
  const options = { epochs: 6, batchSize: 16, seed: 1, learningRate: 0.01, checkpointEverySteps: 10 };
  const request = { dataset: 'languages', ensemble: 1, network: { units: 16, layers: 1 }, options };
  const weightsOf = ({ manifestJson }: Version): string => (JSON.parse(manifestJson) as { weightsSha256: string }).weightsSha256;

  beforeAll(async () => {
    platform = await Platform.start();
    const format = { format: DatasetFormat.DATASET_FORMAT_TEXT_CSV, testShare: 0.2 };
    languages = await platform.upload('languages', 'languages.csv', csv(rows), format);
    version = await platform.version(await platform.client.rnn.trainClassifier({ model: 'language', ...request }));
    await platform.client.models.promoteVersion({ model: 'language', version: version.version });
  });
  afterAll(() => platform?.stop());

  const classify = (texts: string[], more = {}) => platform.client.rnn.classify({ model: { name: 'language' }, texts, ...more });

  it('learns the languages of messages', () => {
    expect(languages.schema).toMatchObject({ kind: 'text', classNames: [...LANGUAGES] });
    expect(version.metrics['test/examples']).toBe(60);
    expect(version.metrics['test/accuracy']).toBeGreaterThan(0.85);
    const { spec, signatures } = JSON.parse(version.manifestJson) as { spec: { lengths: number[]; tokenizer: { tokens: string[] } }; signatures: object };
    expect(spec.lengths.length).toBe(Object.keys(signatures).length);
    // Of the training part alone, in small letters.
    expect(spec.tokenizer.tokens.slice(0, 4)).toEqual(['<pad>', '<start>', '<end>', '<unknown>']);
    expect(spec.tokenizer.tokens.some((token) => token !== token.toLowerCase())).toBe(false);
  });

  it('classifies through the gateway, whatever else is in the batch', async () => {
    const texts = rows.filter((_, index) => index % 20 === 0).map(([text]) => text);
    const together = await classify(texts, { topK: 5 });
    expect(together.modelVersion).toBe(1n);
    expect(together.results.filter(({ classes }, index) => classes[0]!.name === rows[index * 20]![1]).length).toBeGreaterThan(12);
    const alone = await classify([texts[4]!], { topK: 5 });
    alone.results[0]!.classes.forEach(({ index, probability }, rank) => {
      expect(index).toBe(together.results[4]!.classes[rank]!.index);
      expect(probability).toBeCloseTo(together.results[4]!.classes[rank]!.probability, 4);
    });
  });

  it('says what it does not know and what it has cut off', async () => {
    const { results } = await classify(['Der Modifizierer ist ungültig.', 'zzyzx qwrty', `${'der '.repeat(400)}`]);
    expect(results[0]).toMatchObject({ cutTokens: 0, warning: '' });
    expect(results[0]!.tokens).toBe(5);
    expect(results[1]).toMatchObject({ tokens: 2, unknownTokens: 2, warning: "the model knows none of the text's 2 tokens: the answer says only which classes are frequent" });
    const { tokens, cutTokens, warning } = results[2]!;
    expect(tokens + cutTokens).toBe(400);
    expect(warning).toBe(`only the first ${tokens} tokens were read, the ${cutTokens} after them were cut off: the model takes no more`);
  });

  it('refuses what it cannot classify, naming the field, what was received and what to do', async () => {
    const { client } = platform;
    const train = (more: object) => client.rnn.trainClassifier({ model: 'm', dataset: 'languages', ...more });
    const cases: [() => Promise<unknown>, string, RegExp][] = [
      [() => classify([]), 'EMPTY_BATCH', /texts: received none, expected 1 to 16/],
      [() => classify(new Array<string>(17).fill('a')), 'BATCH_TOO_LARGE', /texts: received 17, expected at most 16/],
      [() => classify(['der', '']), 'INVALID_FIELD', /texts\[1\]: is empty; send some text/],
      [() => classify(['\t\n']), 'INVALID_FIELD', /texts\[0\]: is blank/],
      [() => classify(['caf\uFFFD']), 'INVALID_FIELD', /texts\[0\]: received invalid UTF-8 at character 3; send the text as UTF-8/],
      [() => classify(['\uD83D']), 'INVALID_FIELD', /received invalid UTF-8 at character 0/],
      [() => classify(['der'], { topK: 6 }), 'INVALID_FIELD', /top_k: is 6; the model has 5 classes/],
      [() => client.rnn.classify({ model: { name: 'language' }, sequences: [tensorFromFloat32(new Float32Array(2), [1, 2])] }), 'INVALID_FIELD', /sequences: received 1; this model reads texts: send them in `texts`/],
      [() => client.rnn.tag({ model: { name: 'language' }, sentences: [{ tokens: ['der'] }] }), 'WRONG_STATE', /classifies sequences, texts or recordings; call Classify/],
      [() => client.rnn.trainTagger({ model: 'm', dataset: 'languages' }), 'UNUSABLE_DATASET', /holds a text; a tagger trains on tagged sentences/],
      [() => train({ text: { tokenizer: { kind: TOKENIZER_KIND_BPE, maxVocabulary: 99 } } }), 'INVALID_FIELD', /text\.tokenizer\.max_vocabulary is 99; it takes a whole number from 260/],
      [() => train({ text: { maxTokens: 2000 }, network: { inputNoise: 1 } }), 'INVALID_FIELD', /network\.input_noise is 1;.*|text\.max_tokens is 2000; a classifier takes at most 1024/],
      [() => train({ text: { tokenizer: { kind: TOKENIZER_KIND_CHARACTER, maxVocabulary: 8 } } }), 'INVALID_FIELD', /text\.tokenizer\.max_vocabulary is 8; it takes a whole number from 16/],
      [() => train({ text: { wordDropout: 1 } }), 'INVALID_FIELD', /text\.word_dropout is 1; it takes a number from 0 to 0\.95/],
    ];
    for (const [call, reason, text] of cases) {
      const error = await failure(call());
      expect(error.message).toMatch(text);
      expect(error.reason).toBe(reason);
    }
  });

  it('gives the same weights when its process was killed', async () => {
    const job = await platform.client.rnn.trainClassifier({ model: 'again', ...request });
    for await (const { event } of platform.client.training.watchJob({ id: job.id })) if (event?.$case === 'checkpoint') break;
    const { trainingPid } = await platform.service.line((line) => line['job'] === job.id && line.msg === 'job claimed');
    process.kill(trainingPid as number, 'SIGKILL');
    expect(weightsOf(await platform.version(job))).toBe(weightsOf(version));
    expect((await platform.client.training.getJob({ id: job.id })).attempt).toBe(2);
  });

  it('learns ordered classes, from one direction and byte pairs', async () => {
    // How French a text is: not at all, half, all.
    const half = (text: string): string => text.split(' ').filter((_, index) => index % 2 === 0).join(' ');
    const [german, french] = [messages('de', 150), messages('fr', 150)];
    const graded = german.map((text, index) => ([[text, '1'], [`${half(text)} ${half(french[index]!)}`, '2'], [french[index]!, '3']] as const)[index % 3]!);
    await platform.upload('mixtures', 'mixtures.csv', csv(graded), { format: DatasetFormat.DATASET_FORMAT_TEXT_CSV, testShare: 0.2 });
    const text = { tokenizer: { kind: TOKENIZER_KIND_BPE, maxVocabulary: 400 }, maxTokens: 40 };
    const network = { units: 12, bidirectional: false };
    const job = await platform.client.rnn.trainClassifier({ model: 'french', dataset: 'mixtures', ordinal: true, ensemble: 2, network, text, options: { ...options, epochs: 8 } });
    const trained = await platform.version(job);
    expect(trained.metrics['test/mean_absolute_error']).toBeLessThan(0.4);
    expect(trained.metrics['test/quadratic_kappa']).toBeGreaterThan(0.6);
    const model = { name: 'french', target: { $case: 'version' as const, value: 1n } };
    const { results } = await platform.client.rnn.classify({ model, texts: [german[0]!, french[0]!], topK: 3 });
    for (const { classes } of results) expect(classes.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 5);
    expect(results.map(({ median }) => median)).toEqual([0, 2]);
    expect(results[0]!.unknownTokens).toBe(0);
  });

  it('classifies by the Open Inference Protocol as by the typed call', async () => {
    const texts = rows.slice(0, 3).map(([text]) => text);
    const { results } = await classify(texts, { topK: LANGUAGES.length });
    const raw = Buffer.concat(texts.flatMap((text) => [Buffer.from(Uint32Array.of(Buffer.byteLength(text)).buffer), Buffer.from(text)]));
    const input = { name: 'texts', datatype: 'BYTES', shape: [3] };
    for (const request of [{ inputs: [input], rawInputContents: [raw] }, { inputs: [{ ...input, contents: { bytesContents: texts.map((text) => Buffer.from(text)) } }] }]) {
      const { outputs, rawOutputContents } = await platform.client.inference.modelInfer({ modelName: 'language', ...request });
      const data = rawOutputContents[0] ?? Buffer.from(Float32Array.from(outputs[0]!.contents!.fp32Contents).buffer);
      results.forEach(({ classes }, row) => classes.forEach(({ index, probability }) => expect(data.readFloatLE(4 * (row * LANGUAGES.length + index))).toBe(probability)));
    }
    const refused = (rawInput: Buffer) => failure(platform.client.inference.modelInfer({ modelName: 'language', inputs: [{ ...input, shape: [1] }], rawInputContents: [rawInput] }));
    expect(await refused(Buffer.from([9, 0, 0, 0, 65]))).toMatchObject({ reason: 'BYTE_COUNT_MISMATCH', message: expect.stringContaining('raw_input_contents[0]: says that element 0 has 9 bytes, where 1 are left') });
    expect(await refused(Buffer.from([1, 0]))).toMatchObject({ reason: 'BYTE_COUNT_MISMATCH', message: expect.stringContaining('ends within the length of element 0') });
    expect(await refused(Buffer.from([1, 0, 0, 0, 65, 1, 0, 0, 0, 65]))).toMatchObject({ reason: 'BYTE_COUNT_MISMATCH', message: expect.stringContaining('holds 5 bytes after the last of 1 elements') });
    expect(await refused(Buffer.alloc(0))).toMatchObject({ reason: 'BYTE_COUNT_MISMATCH', message: expect.stringContaining('holds 0 elements, expected 1') });
    expect(await refused(Buffer.from([1, 0, 0, 0, 0xff]))).toMatchObject({ reason: 'INVALID_FIELD', message: expect.stringContaining('inputs[0][0]: is not UTF-8') });
  });
});
