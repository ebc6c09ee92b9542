import { readFileSync } from 'node:fs';
import { ingest } from '../ingest/ingest';
import { tempFolder, writeFiles } from '../testing/temp';
import { wavBytes } from '../testing/wav-bytes';
import { fixture } from '../testing/fixtures';
import type { IngestOptions, IngestResult } from '../types';
import { loadRecords, type Records } from './load-records';

const folder = tempFolder();
let runs = 0;

async function read(files: Record<string, string | Uint8Array>, options: IngestOptions): Promise<IngestResult & { records: Record<string, Records> }> {
  const result = await ingest({ files: await writeFiles(folder, files) }, options, `${folder}/out-${runs++}`);
  const records: Record<string, Records> = {};
  for (const { part, examplesFile, labelsFile } of result.parts) records[part] = await loadRecords(examplesFile, labelsFile, result.schema.columns);
  return { ...result, records };
}

const rowsOf = ({ count, text, classes }: Records, ...fields: string[]): unknown[][] => Array.from({ length: count }, (_, row) => [...fields.map((field) => text(row, field)), classes[row]]);
const TONE = Int16Array.from({ length: 800 }, (_, i) => Math.round(9000 * Math.sin(i / 5)));

describe('texts', () => {
  const csv = `text,label\n${Array.from({ length: 20 }, (_, i) => `"text ${i}, über",${i % 2 ? 'good' : 'bad'}`).join('\n')}\n`;

  it('are read with their classes, split by class, and given back', async () => {
    const { schema, parts, records, digest } = await read({ 'data.csv': csv }, { format: 'text', validationShare: 0.2, testShare: 0.2 });
    expect(schema).toEqual({ kind: 'text', exampleShape: [14], dtype: 'uint8', classNames: ['bad', 'good'], columns: ['text'], mean: [], standardDeviation: [] });
    expect(parts.map(({ part, count, classCounts }) => [part, count, classCounts])).toEqual([['train', 13, [6, 7]], ['validation', 3, [2, 1]], ['test', 4, [2, 2]]]);
    const all = ['train', 'validation', 'test'].flatMap((part) => rowsOf(records[part]!, 'text'));
    expect(new Set(all.map(([text]) => text)).size).toBe(20);
    for (const [text, label] of all as [string, number][]) expect(Number(/\d+/.exec(text)![0]) % 2).toBe(label);
    expect((await read({ 'data.csv': csv }, { format: 'text', validationShare: 0.2, testShare: 0.2 })).digest).toBe(digest);
  });

  it('may have no classes, one column, a byte order mark, decomposed letters and Windows line ends', async () => {
    const { schema, parts, records } = await read({ 'train.csv': '\ufefftext\r\n"u\u0308ber\r\nzwei"\r\nb\r\n', 'test.csv': 'text\nc\n' }, { format: 'text', validationShare: 0 });
    expect([schema.classNames, parts.map(({ classCounts }) => classCounts)]).toEqual([[], [[], []]]);
    expect(rowsOf(records.train!, 'text')).toEqual([['über\nzwei', -1], ['b', -1]]);
    expect(rowsOf(records.test!, 'text')).toEqual([['c', -1]]);
  });

  it('as one .txt are cut at line ends, validation and test last', async () => {
    const text = Array.from({ length: 100 }, (_, i) => `line ${i}\n`).join('');
    const { schema, records } = await read({ 'book.txt': text }, { format: 'text' });
    expect(schema.classNames).toEqual([]);
    const [train, validation, test] = ['train', 'validation', 'test'].map((part) => records[part]!.text(0, 'text')) as [string, string, string];
    expect(train + validation + test).toBe(text);
    expect([train, validation, test].every((part) => part.startsWith('line') && part.endsWith('\n'))).toBe(true);
    expect([validation.length / text.length, test.length / text.length].map((share) => share.toFixed(2))).toEqual(['0.09', '0.04']);
    expect(records.train!.count).toBe(1);
  });

  it.each([
    ['bytes that are no UTF-8', { 'a.csv': Buffer.concat([Buffer.from('text,label\na,b\n'), Buffer.from([0xff, 0x41, 10])]) }, 'CORRUPT_DATA', 'a.csv, line 3: bytes that are no UTF-8; expected text in UTF-8. Save the file as UTF-8, or correct the line.'],
    ['a control character', { 'a.txt': 'one\ntwo\u0000\n' }, 'UNUSABLE_DATASET', 'a.txt, line 2: the control character U+0000; expected text: no control characters but line breaks and tabs. Remove it.'],
    ['an empty text', { 'a.csv': 'text,label\n ,b\n' }, 'UNUSABLE_DATASET', 'a.csv, line 2, column "text": an empty text; expected a text in every row. Fill it in or remove the row.'],
    ['one class', { 'a.csv': 'text,label\na,b\nc,b\n' }, 'UNUSABLE_DATASET', 'a.csv: 2 examples of one class, "b"; expected at least two classes. Add examples of another class.'],
    ['an empty file', { 'a.csv': '' }, 'CORRUPT_DATA', 'a.csv: an empty file; expected a header line and rows. Send the table.'],
    ['a stray file', { 'a.csv': 'text\na\n', 'b.bin': 'x' }, 'CORRUPT_DATA', 'b.bin: a file that this format has no place for; expected one .csv, .tsv or .txt, or train.csv and test.csv. Leave it out, or set bad_files to SKIP.'],
  ])('refuses %s', async (_what, files, reason, message) => {
    await expect(read(files as Record<string, string>, { format: 'text' })).rejects.toMatchObject({ reason, message });
  });

  it('refuses a column that is not there', async () => {
    await expect(read({ 'a.csv': 'x,y\na,b\n' }, { format: 'text', textColumn: 'z' })).rejects.toThrow('a.csv: no column "z"; expected one of "x", "y". Set text_column to one of these.');
  });
});

describe('pairs', () => {
  it('keep the alternatives of a source together', async () => {
    const tsv = `en\tfr\n${Array.from({ length: 60 }, (_, i) => `word ${i % 20}\t"mot" ${i}`).join('\n')}\n`;
    const { schema, records } = await read({ 'a.tsv': tsv }, { format: 'pairs', validationShare: 0.2, testShare: 0.1 });
    expect(schema).toMatchObject({ kind: 'pairs', columns: ['source', 'target'], classNames: [], exampleShape: [7, 8] });
    expect(Object.values(records).map(({ count }) => count)).toEqual([42, 12, 6]);
    const sources = Object.values(records).map((part) => new Set(rowsOf(part, 'source').map(([source]) => source as string)));
    expect(new Set(sources.flatMap((set) => [...set])).size).toBe(sources.reduce((sum, set) => sum + set.size, 0));
    expect(records.train!.text(0, 'target')).toMatch(/^"mot" \d+$/);
  });

  it('take the columns named', async () => {
    const { records } = await read({ 'a.csv': 'id,target,source\n1,t,s\n2,v,u\n' }, { format: 'pairs', validationShare: 0 });
    expect(rowsOf(records.train!, 'source', 'target')).toEqual([['s', 't', -1], ['u', 'v', -1]]);
    const swapped = await read({ 'a.csv': 'id,target,source\n1,t,s\n2,v,u\n' }, { format: 'pairs', validationShare: 0, sourceColumn: 'target', targetColumn: 'id' });
    expect(rowsOf(swapped.records.train!, 'source', 'target')).toEqual([['t', '1', -1], ['v', '2', -1]]);
  });

  it.each([
    ['an empty target', 'source,target\na,b\nc,\n', 'a.csv, line 3, column "target": an empty text; expected a source and a target in every row. Fill it in or remove the row.'],
    ['one column', 'source\na\n', 'a.csv: the columns source; expected two: sources and targets. Set source_column and target_column.'],
  ])('refuse %s', async (_what, csv, message) => {
    await expect(read({ 'a.csv': csv }, { format: 'pairs' })).rejects.toThrow(message);
  });
});

describe('tagged sentences', () => {
  it('are read with their tags as class names', async () => {
    const { schema, records } = await read({ 'train.conll': '# one\nI\tPRON\nsee\tVERB\n\n\nYou\tX\tPRON\n', 'test.conll': 'They\tPRON' }, { format: 'tagged', validationShare: 0 });
    expect(schema).toMatchObject({ kind: 'tagged', columns: ['tokens', 'tags'], classNames: ['PRON', 'VERB'], exampleShape: [5, 9] });
    expect(rowsOf(records.train!, 'tokens', 'tags')).toEqual([['I\nsee', 'PRON\nVERB', -1], ['You', 'PRON', -1]]);
    expect(rowsOf(records.test!, 'tokens', 'tags')).toEqual([['They', 'PRON', -1]]);
  });

  it.each([
    ['a line without a tag', { 'a.conll': 'I\tPRON\nsee\n' }, 'CORRUPT_DATA', 'a.conll, line 2: "see"; expected token, tab, tag; an empty line between sentences. Correct the line.'],
    ['a tag unknown in training', { 'train.conll': 'I\tA\nyou\tB\n', 'test.conll': '\nx\tC' }, 'UNUSABLE_DATASET', 'test.conll, line 2: tag "C"; expected one of "A", "B", as in train.conll. Correct it, or add training sentences with that tag.'],
    ['no sentence', { 'a.conll': '\n\n' }, 'UNUSABLE_DATASET', 'a.conll: no sentence; expected token, tab, tag; an empty line between sentences. Send data.'],
  ])('refuse %s', async (_what, files, reason, message) => {
    await expect(read(files as Record<string, string>, { format: 'tagged' })).rejects.toMatchObject({ reason, message });
  });
});

describe('recordings', () => {
  const tones = (classes: string[]) => Object.fromEntries(classes.flatMap((name, at) => [1, 2, 3].map((i) => [`sounds/${name}/${i}.wav`, wavBytes(TONE.map((value) => value - at * i))])));

  it('of a folder a class', async () => {
    const { schema, parts, records } = await read(tones(['yes', 'no']), { format: 'recordings', validationShare: 0.34 });
    expect(schema).toEqual({ kind: 'recording', exampleShape: [1600, 0], dtype: 'uint8', classNames: ['no', 'yes'], columns: ['audio', 'text'], mean: [], standardDeviation: [], sampleRate: 8000 });
    expect(parts.map(({ part, classCounts }) => [part, classCounts])).toEqual([['train', [2, 2]], ['validation', [1, 1]]]);
    expect(records.train!.pcm(3, 'audio')).toEqual(TONE);
  });

  it('with transcripts, in several languages, and of another rate', async () => {
    const files = { ...tones(['en', 'fr']), 'sounds/transcripts.csv': `path,text\n${['en', 'fr'].flatMap((name) => [1, 2, 3].map((i) => `${name}/${i}.wav,${i === 3 ? '' : `${name} ${i}`}`)).join('\n')}\n` };
    const { schema, records } = await read(files, { format: 'recordings', validationShare: 0, sampleRate: 16_000 });
    expect(schema).toMatchObject({ sampleRate: 16_000, classNames: ['en', 'fr'], exampleShape: [3200, 4] });
    expect(rowsOf(records.train!, 'text')).toEqual([['en 1', 0], ['en 2', 0], ['', 0], ['fr 1', 1], ['fr 2', 1], ['', 1]]);
    const single = await read({ 'wavs/a.wav': wavBytes(TONE), 'wavs/b.wav': wavBytes(TONE), 'transcripts.tsv': 'path\ttext\nwavs/a.wav\thello\nwavs/b.wav\tyou\n' }, { format: 'recordings', validationShare: 0 });
    expect([single.schema.classNames, rowsOf(single.records.train!, 'text')]).toEqual([[], [['hello', -1], ['you', -1]]]);
  });

  it.each([
    ['a recording without a row', { 'a.wav': wavBytes(TONE), 'transcripts.csv': 'path,text\n' }, 'CORRUPT_DATA', 'a.wav: a file without a row in transcripts.csv; expected a row for each. Add one, or leave the file out.'],
    ['a row without a recording', { 'a.wav': wavBytes(TONE), 'transcripts.csv': 'path,text\nb.wav,x\n' }, 'CORRUPT_DATA', 'transcripts.csv, line 2: the path "b.wav"; expected one of the recordings (.wav, .flac), from the folder of transcripts.csv. Correct it, or add the file.'],
    ['two channels', { 'x/a.wav': wavBytes(TONE, { channels: 2 }), 'y/a.wav': wavBytes(TONE) }, 'CORRUPT_DATA', 'x/a.wav: 2 channels; expected one. Set channels to MIX to have them mixed, or leave the file out.'],
    ['another rate', { 'x/a.wav': wavBytes(TONE), 'y/a.wav': wavBytes(TONE, { sampleRate: 16_000 }) }, 'UNUSABLE_DATASET', 'y/a.wav: 16000 samples a second; expected 8000 like the first one, x/a.wav. Set sample_rate to have all of them resampled.'],
    ['silence', { 'x/a.wav': wavBytes(new Int16Array(100)), 'y/a.wav': wavBytes(TONE) }, 'CORRUPT_DATA', 'x/a.wav: silence: all samples are 0; expected sound. Record it again.'],
  ])('refuse %s', async (_what, files, reason, message) => {
    await expect(read(files as Record<string, Uint8Array>, { format: 'recordings' })).rejects.toMatchObject({ reason, message });
  });

  it('leave bad ones out if told to', async () => {
    const { skippedFiles, parts } = await read({ ...tones(['yes', 'no']), 'sounds/no/4.wav': Buffer.from('RIFF') }, { format: 'recordings', badFiles: 'skip', validationShare: 0 });
    expect(parts[0]!.count).toBe(6);
    expect(skippedFiles).toEqual(['sounds/no/4.wav (sounds/no/4.wav: a RIFF file that is no WAVE; expected a WAV file. Save it again as WAV or FLAC.)']);
  });
});

describe('captions', () => {
  const [png, jpg] = [fixture('images/rgb.png'), fixture('images/photo.jpg')];

  it('keep the images as they are, and the captions of one image together', async () => {
    const { schema, records } = await read({ 'a.png': png, 'b.jpg': jpg, 'captions.csv': 'path,text,class\na.png,one,x\na.png,uno,x\nb.jpg,two,y\n' }, { format: 'captions', validationShare: 0 });
    expect(schema).toMatchObject({ kind: 'caption', columns: ['image', 'text'], classNames: ['x', 'y'], exampleShape: [Math.max(png.length, jpg.length), 3] });
    expect(rowsOf(records.train!, 'text')).toEqual([['one', 0], ['uno', 0], ['two', 1]]);
    expect(Buffer.from(records.train!.bytes(2, 'image'))).toEqual(jpg);
  });

  it.each([
    ['no captions.csv', { 'a.png': png }, 'data set: no captions.csv; expected PNG and JPEG files with a captions.csv (path, text and, if at hand, class), or train/ and test/ above these. Add it, with the columns path and text.'],
    ['an empty caption', { 'a.png': png, 'captions.csv': 'path,text\na.png, \n' }, 'captions.csv, line 2: an empty text; expected a text in every row. Fill it in or remove the row.'],
    ['half an image', { 'a.png': png.subarray(0, 50), 'captions.csv': 'path,text\na.png,x\n' }, /^a\.png: an image that can't be decoded/],
  ])('refuse %s', async (_what, files, message) => {
    await expect(read(files as Record<string, Uint8Array>, { format: 'captions' })).rejects.toThrow(message);
  });
});

describe('loadRecords', () => {
  it('refuses files that do not belong together', async () => {
    const { parts } = await read({ 'a.csv': 'source,target\na,b\nc,d\n' }, { format: 'pairs', validationShare: 0.5 });
    const [train, validation] = parts as [IngestResult['parts'][0], IngestResult['parts'][0]];
    await expect(loadRecords(train.labelsFile, train.labelsFile, ['source', 'target'])).rejects.toThrow(/examples of type i4, shape \[1, 3\]; expected u1, \[bytes\]\. Import the data set again\./);
    await expect(loadRecords(train.examplesFile, train.labelsFile, ['text'])).rejects.toThrow(/labels of type i4, shape \[1, 3\]; expected i4, \[count, 2\] for text\./);
    expect(readFileSync(validation.labelsFile).length).toBe(128 + 12);
    const records = await loadRecords(train.examplesFile, train.labelsFile, ['source', 'target']);
    expect(() => records.text(1, 'source')).toThrow('row 1, field "source": expected 0 to 0, and one of source, target');
  });
});
