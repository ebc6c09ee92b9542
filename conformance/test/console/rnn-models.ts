import { readFileSync } from 'node:fs';
import { uploadDataset, waitUntilServing, type QuartetClient, type UploadFile } from '@quartet/client';
import { DatasetFormat, rnn } from '@quartet/contracts';
import { loadState } from '../shared';
import { trained } from './platform';
import { greyPng } from './png';
import { recordings } from './tones';

const textFile = (path: string, lines: readonly string[]): UploadFile => {
  const source = Buffer.from(lines.join('\n'));
  return { path, source, size: source.length };
};

/** Ten years of months that rise and swing. */
const months = () => textFile('months.csv', ['month,value', ...Array.from({ length: 120 }, (_, at) => `${2010 + Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, '0')}-01,${(20 + at / 10 + 5 * Math.sin((at * Math.PI) / 6)).toFixed(3)}`)]);

/** Slow waves and fast ones. */
const waves = () => textFile('waves_TRAIN.ts', ['@classLabel true slow fast', '@data', ...Array.from({ length: 64 }, (_, row) => `${Array.from({ length: 24 }, (_, t) => Math.sin(row + (t * (1 + (row % 2))) / 3).toFixed(3)).join(',')}:${row % 2 === 0 ? 'slow' : 'fast'}`)]);

/** Sentences of the same build. */
const sentences = () => textFile('sentences.conll', Array.from({ length: 80 }, (_, at) => `The\tDET\n${['old', 'new', 'red'][at % 3]}\tADJ\n${['boat', 'man', 'dog', 'tree'][at % 4]}\tNOUN\n${['sleeps', 'falls'][at % 2]}\tVERB\n.\tPUNCT\n`));

const NUMBERS = [['one', 'eins'], ['two', 'zwei'], ['three', 'drei'], ['four', 'vier']] as const;
const NOUNS = [['cats', 'Katzen'], ['dogs', 'Hunde'], ['birds', 'Vögel'], ['fish', 'Fische'], ['mice', 'Mäuse']] as const;
const phrases = () => textFile('phrases.csv', ['source,target', ...NUMBERS.flatMap(([number, zahl]) => NOUNS.map(([noun, wort]) => `I see ${number} ${noun},ich sehe ${zahl} ${wort}`))]);

/** Digits and what to call them. */
function captions(): UploadFile[] {
  const { digitsFile, labelsFile } = loadState();
  const [digits, labels] = [readFileSync(digitsFile), readFileSync(labelsFile)];
  const images = Array.from({ length: 60 }, (_, at) => {
    const source = greyPng(digits.subarray(at * 784, (at + 1) * 784), 28, 28);
    return { path: `${at}.png`, source, size: source.length };
  });
  return [...images, textFile('captions.csv', ['path,text', ...images.map(({ path }, at) => `${path},the digit ${labels.readInt32LE(4 * at)}`)])];
}

/** Models that are being trained, by name: each resolves when it is in production. */
export type Models = Readonly<Record<'months' | 'writer' | 'waves' | 'words' | 'tagger' | 'german' | 'tones' | 'names', Promise<void>>>;

/** Asks for a small model of each thing that recurrent models do, in this order; that of texts, `moods`, is there already. */
export async function trainModels(client: QuartetClient): Promise<Models> {
  for (const service of ['quartet.rnn.v1.RnnService', 'quartet.cnn.v1.CnnService']) await waitUntilServing(client, { service });
  const F = DatasetFormat;
  const uploads: [string, DatasetFormat, UploadFile[], object?][] = [
    ['months', F.DATASET_FORMAT_SERIES, [months()]],
    ['waves', F.DATASET_FORMAT_TS, [waves()]],
    ['sentences', F.DATASET_FORMAT_TAGGED, [sentences()]],
    ['phrases', F.DATASET_FORMAT_PAIRS, [phrases()], { validationShare: 0 }],
    ['tones', F.DATASET_FORMAT_RECORDINGS, recordings(90, true)],
    ['words', F.DATASET_FORMAT_RECORDINGS, recordings(24, false)],
    ['captions', F.DATASET_FORMAT_CAPTIONS, captions()],
  ];
  for (const [name, format, files, options] of uploads) await uploadDataset(client, name, { format, ...options }, files, { deadlineMs: 120_000 });
  const options = { epochs: 1, batchSize: 16, seed: 1n };
  const small = { network: { units: 8 }, ensemble: 1 };
  const words = { tokenizer: { kind: rnn.TokenizerKind.TOKENIZER_KIND_WORD }, embedding: 8 };
  // One after the other is asked for, and so trained.
  const jobs = {
    months: await client.rnn.trainForecast({ model: 'months', dataset: 'months', spec: small, options: { ...options, epochs: 2 } }),
    writer: await client.rnn.trainLanguageModel({ model: 'writer', dataset: 'moods', network: { units: 16 }, window: 16, options }),
    waves: await client.rnn.trainClassifier({ model: 'waves', dataset: 'waves', ...small, options: { ...options, epochs: 2 } }),
    words: await client.rnn.trainClassifier({ model: 'words', dataset: 'words', ...small, options }),
    tagger: await client.rnn.trainTagger({ model: 'tagger', dataset: 'sentences', network: { units: 8 }, options: { ...options, epochs: 4, learningRate: 0.01 } }),
    german: await client.rnn.trainTranslator({ model: 'german', dataset: 'phrases', network: { units: 16, dropout: 0 }, source: words, target: words, options: { ...options, epochs: 12, batchSize: 4, learningRate: 0.02 } }),
    // In one direction it takes recordings of any length, and so what the microphone gives.
    tones: await client.rnn.trainTranscriber({ model: 'tones', dataset: 'tones', network: { units: 24, bidirectional: false, dropout: 0 }, options: { ...options, epochs: 20, batchSize: 8, learningRate: 0.015 } }),
    names: await client.rnn.trainCaptioner({ model: 'names', dataset: 'captions', imageModel: { name: loadState().model }, network: { units: 16 }, options: { ...options, epochs: 12, learningRate: 0.02 } }),
  };
  return Object.fromEntries(
    Object.entries(jobs).map(([name, job]) => {
      const done = trained(client, Promise.resolve(job));
      // Told to the test that waits for it.
      done.catch(() => undefined);
      return [name, done];
    }),
  ) as unknown as Models;
}
