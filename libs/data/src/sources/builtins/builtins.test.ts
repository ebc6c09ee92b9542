import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readSettings } from '@quartet/contracts';
import { ingest } from '../../ingest/ingest';
import { loadPart } from '../../load/load-part';
import { loadRecords, type Records } from '../../records/load-records';
import { tempFolder } from '../../testing/temp';
import type { IngestOptions, IngestResult } from '../../types';
import { resolveBuiltin } from '../builtin';

const folder = tempFolder();

const CACHE = readSettings().QUARTET_CACHE;

/** The real data, from the cache that all of Quartet shares, or fetched into it. */
async function read(name: string): Promise<IngestResult & { records: () => Promise<Record<string, Records>> }> {
  // Made by a process of its own: within jest, loops over millions of samples take twenty times as long.
  const script = "const [, module, name, cache] = process.argv; require(module).resolveBuiltin(name, cache).catch((error) => { console.error(error.message); process.exitCode = 1; });";
  await promisify(execFile)(process.execPath, ['-e', script, join(__dirname, '../../../dist/sources/builtin.js'), name, CACHE]);
  const { files, options } = await resolveBuiltin(name, CACHE);
  const result = await ingest({ files }, options as IngestOptions, `${folder}/${name}`);
  const records = async (): Promise<Record<string, Records>> =>
    Object.fromEntries(await Promise.all(result.parts.map(async ({ part, examplesFile, labelsFile }) => [part, await loadRecords(examplesFile, labelsFile, result.schema.columns)] as const)));
  return { ...result, records };
}

const countsOf = ({ parts }: IngestResult): number[] => parts.map(({ count }) => count);
const fieldsOf = (records: Records, field: string): string[] => Array.from({ length: records.count }, (_, row) => records.text(row, field));

describe('built-in texts', () => {
  it('reuters-r8: the standard split', async () => {
    const { schema, parts, records } = await read('reuters-r8');
    expect(parts.map(({ part, count }) => [part, count])).toEqual([['train', 4936], ['validation', 549], ['test', 2189]]);
    expect(schema.classNames).toEqual(['acq', 'crude', 'earn', 'grain', 'interest', 'money-fx', 'ship', 'trade']);
    // Known of the standard split.
    expect(parts[2]!.classCounts).toEqual([696, 121, 1083, 10, 81, 87, 36, 75]);
    expect((await records())['train']!.text(0, 'text')).toMatch(/^champion products ch approves stock split champion products inc said/);
  }, 300_000);

  it('movie-sentiment and movie-grades', async () => {
    const [signs, grades] = [await read('movie-sentiment'), await read('movie-grades')];
    expect([signs.schema.classNames, countsOf(signs)]).toEqual([['negative', 'positive'], [7609, 845, 2114]]);
    expect([grades.schema.classNames, countsOf(grades)]).toEqual([['1', '2', '3', '4', '5'], [7636, 848, 2121]]);
    const all = grades.parts.map(({ classCounts }) => classCounts).reduce((sum, counts) => sum.map((count, at) => count + counts[at]!));
    expect(all).toEqual([1904, 3157, 562, 2946, 2036]);
  }, 300_000);

  it('moby-dick: one text, whose end is for validation and test', async () => {
    const { records, schema } = await read('moby-dick');
    const { train, validation, test } = await records();
    expect([train!.count, validation!.count, test!.count, schema.classNames]).toEqual([1, 1, 1, []]);
    expect(train!.text(0, 'text').startsWith('CHAPTER 1. Loomings.\n\nCall me Ishmael.')).toBe(true);
    expect(test!.text(0, 'text')).toContain('Now small fowls flew screaming over the yet yawning gulf');
  }, 300_000);

  it('cmu-dictionary: 6,000 words to test on, in no training', async () => {
    const parts = await (await read('cmu-dictionary')).records();
    const words = Object.fromEntries(Object.entries(parts).map(([part, records]) => [part, new Set(fieldsOf(records, 'source'))]));
    expect(Object.entries(words).map(([part, set]) => [part, set.size])).toEqual([['train', 117_046], ['validation', 3000], ['test', 6000]]);
    expect([...words['test']!].filter((word) => words['train']!.has(word) || words['validation']!.has(word))).toEqual([]);
    expect(new Set(fieldsOf(parts['train']!, 'target').flatMap((phonemes) => phonemes.split(' '))).size).toBe(39);
  }, 300_000);

  it.each([
    ['fr', "Unterminated string literal.", 'Littéral de chaîne inachevé.'],
    ['de', "Unterminated string literal.", 'Nicht abgeschlossenes Zeichenfolgenliteral.'],
  ])('typescript-messages-%s', async (language, english, translated) => {
    const parts = await (await read(`typescript-messages-${language}`)).records();
    const pairs = new Map(Object.values(parts).flatMap((records) => fieldsOf(records, 'source').map((source, row) => [source, records.text(row, 'target')] as const)));
    expect(pairs.get(english)).toBe(translated);
    const total = Object.values(parts).reduce((sum, { count }) => sum + count, 0);
    expect([total > 2000, Math.abs(parts['test']!.count / total - 0.1) < 0.005]).toEqual([true, true]);
  }, 300_000);
});

describe('built-in videos', () => {
  it('moving-mnist: digits that move straight on, in the direction of their class', async () => {
    const { schema, parts } = await read('moving-mnist');
    expect(schema).toMatchObject({ kind: 'video', exampleShape: [8, 32, 32, 1], dtype: 'uint8', classNames: ['right', 'down-right', 'down', 'down-left', 'left', 'up-left', 'up', 'up-right'] });
    expect(parts.map(({ part, count }) => [part, count])).toEqual([['train', 3600], ['validation', 400], ['test', 1000]]);
    const test = await loadPart(parts[2]!.examplesFile, parts[2]!.labelsFile);
    // Where the light is in the middle, first and last frame.
    const centre = (clip: number, frame: number): [number, number] => {
      let [light, x, y] = [0, 0, 0];
      for (let at = 0; at < 1024; at++) {
        const value = test.examples[(clip * 8 + frame) * 1024 + at]!;
        [light, x, y] = [light + value, x + value * (at % 32), y + value * Math.floor(at / 32)];
      }
      return [x / light, y / light];
    };
    for (let clip = 0; clip < 200; clip++) {
      const [[x0, y0], [x1, y1]] = [centre(clip, 0), centre(clip, 7)];
      expect(Math.hypot(x1 - x0, y1 - y0)).toBeGreaterThan(6);
      expect((Math.round(Math.atan2(y1 - y0, x1 - x0) / (Math.PI / 4)) + 8) % 8).toBe(test.labels[clip]);
    }
  }, 300_000);
});

describe('built-in videos by another class', () => {
  it('moving-mnist-digits: the same clips, by their digit', async () => {
    const [digits, ways] = [await read('moving-mnist-digits'), await read('moving-mnist')];
    expect(digits.schema.classNames).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    const [one, other] = await Promise.all([digits, ways].map(({ parts }) => loadPart(parts.at(-1)!.examplesFile, parts.at(-1)!.labelsFile)));
    expect(Buffer.from(one!.examples).equals(Buffer.from(other!.examples))).toBe(true);
    // A one has the least light of all digits, a zero the most.
    const light = Array.from({ length: 10 }, () => ({ sum: 0, count: 0 }));
    for (let clip = 0; clip < one!.count; clip++) {
      const of = light[one!.labels[clip]!]!;
      for (let at = 0; at < 1024; at++) of.sum += one!.examples[clip * 8192 + at]!;
      of.count += 1;
    }
    const mean = light.map(({ sum, count }) => sum / count);
    expect([mean.indexOf(Math.min(...mean)), mean.indexOf(Math.max(...mean))]).toEqual([1, 0]);
  }, 300_000);
});

describe('built-in series', () => {
  it('superstore: weeks, and days', async () => {
    const [weeks, days] = [await read('superstore'), await read('superstore-daily')];
    expect(weeks.schema).toMatchObject({ kind: 'series', columns: ['Furniture', 'Office Supplies', 'Technology'], time: { frequency: 'day', every: 7, originMs: Date.parse('2014-01-06') } });
    expect([countsOf(weeks), countsOf(days), days.schema.time!.every]).toEqual([[139, 16, 52], [984, 109, 365], 1]);
  }, 300_000);
});

describe('built-in images', () => {
  it('emoji: names and categories', async () => {
    const { schema, records } = await read('emoji');
    const parts = await records();
    expect(schema.classNames).toEqual(['Activities', 'Animals & Nature', 'Component', 'Flags', 'Food & Drink', 'Objects', 'People & Body', 'Smileys & Emotion', 'Symbols', 'Travel & Places']);
    const all = Object.values(parts).flatMap((part) => fieldsOf(part, 'text'));
    expect([all.length, all.includes('grinning face'), all.includes('hash key')]).toEqual([1911, true, true]);
  }, 300_000);
});

describe('built-in sounds', () => {
  it('asterisk-digits: one recording of each digit and letter a voice', async () => {
    const { schema, parts, records } = await read('asterisk-digits');
    expect([schema.classNames.length, schema.sampleRate, parts.map(({ count }) => count)]).toEqual([36, 8000, [144, 36]]);
    const { test } = await records();
    expect(fieldsOf(test!, 'text').sort()).toEqual(schema.classNames);
  }, 600_000);

  it('spoken-digits: strings of digits by each voice', async () => {
    const { schema, parts, records } = await read('spoken-digits');
    expect([schema.classNames, schema.sampleRate]).toEqual([['en', 'es', 'fr', 'it', 'ru'], 8000]);
    expect(parts.map(({ part, classCounts }) => [part, classCounts])).toEqual([['train', [400, 400, 400, 400, 400]], ['validation', [40, 40, 40, 40, 40]], ['test', [80, 80, 80, 80, 80]]]);
    const { test } = await records();
    const strings = fieldsOf(test!, 'text');
    expect(strings.every((text) => /^\d( \d){1,4}$/.test(text))).toBe(true);
    // A longer string takes longer to say: half a second a digit, more or less.
    const seconds = strings.map((text, row) => test!.bytes(row, 'audio').length / 2 / 8000 / text.split(' ').length);
    expect([Math.min(...seconds) > 0.25, Math.max(...seconds) < 1.2]).toEqual([true, true]);
  }, 900_000);

  it('spoken-languages: five languages, no recording twice', async () => {
    const { schema, parts, records } = await read('spoken-languages');
    expect(schema.classNames).toEqual(['en', 'es', 'fr', 'it', 'ru']);
    const total = parts.map(({ classCounts }) => classCounts).reduce((sum, counts) => sum.map((count, at) => count + counts[at]!));
    expect(total.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(2700);
    const loaded = Object.values(await records());
    const seen = new Set(loaded.flatMap((part) => Array.from({ length: part.count }, (_, row) => createHash('sha1').update(part.bytes(row, 'audio')).digest('hex'))));
    expect(seen.size).toBe(loaded.reduce((sum, { count }) => sum + count, 0));
  }, 600_000);
});
