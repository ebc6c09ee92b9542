import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { JobState } from '@quartet/contracts';
import { loadState } from '../shared';
import { dropFile, launch, open, picture, seriousFindings, visit, type Opened } from './browser';
import { startConsolePlatform, type ConsolePlatform } from './platform';
import { greyPng } from './png';
import { trainModels, type Models } from './rnn-models';
import { say, wav } from './tones';

// A training in a test waits for its turn, and a busy machine takes its time.
jest.setTimeout(300_000);

/** The console's pages for recurrent models in a real browser, whose microphone plays a file, against a real platform. */
describe("the console's recurrent models", () => {
  let platform: ConsolePlatform;
  let browser: Browser;
  let closeBrowser: () => Promise<void>;
  let opened: Opened;
  let page: Page;
  let models: Models;
  const { textModel, digitsFile } = loadState();
  const folder = mkdtempSync(join(tmpdir(), 'quartet-microphone-'));

  beforeAll(async () => {
    const spoken = join(folder, 'spoken.wav');
    writeFileSync(spoken, wav(say(['do', 'mi'], 3, { before: 0.7, after: 20 })));
    ({ browser, close: closeBrowser } = await launch(['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', `--use-file-for-fake-audio-capture=${spoken}`]));
    platform = await startConsolePlatform([], async (client) => {
      models = await trainModels(client);
    });
    opened = await open(browser, platform.url);
    page = opened.page;
  }, 300_000);
  afterAll(async () => {
    await closeBrowser?.();
    await platform?.close();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  /** What axe finds, and what doesn't fit a narrow screen; leaves the pictures. */
  const look = async (name: string) => [...(await seriousFindings(page)), ...(await picture(page, name))];
  const section = (title: string) => page.getByRole('region', { name: title, exact: true });
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const model = () => page.getByLabel('Model', { exact: true });
  /** Goes to a task's page, where the models of that task alone are offered. */
  const task = async (title: string, ...names: string[]) => {
    for (const name of names) await models[name as keyof Models];
    await page.getByRole('link', { name: title, exact: true }).click();
    await page.getByRole('link', { name: title, exact: true }).and(page.locator('[aria-current=page]')).waitFor();
    await model().locator('option', { hasText: names.at(-1)! }).waitFor({ state: 'attached' });
    await expect(model().locator('option').allInnerTexts()).resolves.toEqual(names);
  };

  test('draws a forecast over its series', async () => {
    await models.months;
    await visit(page, 'RNN');
    await task('Forecast', 'months');
    await page.getByLabel('Rows before its end').fill('12');
    await button('Forecast').click();
    await page.getByRole('img', { name: /^value: the series and its forecast.*median.*what came/ }).waitFor();
    expect(await look('rnn-forecast')).toEqual([]);
  });

  test('writes a text as it comes, by the options of drawing', async () => {
    await task('Write', 'writer');
    const said = async (seed: bigint) => {
      for await (const { message } of platform.client.rnn.generate({ model: { name: 'writer' }, maxTokens: 40, temperature: 0.8, seed })) if (message?.$case === 'end') return message.value.text;
      throw new Error('the stream ended without an end');
    };
    // Beyond what a number of JavaScript holds; and one that makes a text to be cut.
    let seed = 2n ** 62n + 1n;
    while ((await said(seed)).length < 3) seed += 2n;
    await page.getByLabel('Tokens at most').fill('40');
    await page.getByLabel('Seed').fill(String(seed));
    const text = page.getByLabel('The text', { exact: true });
    const write = async () => {
      await button('Write').click();
      await page.getByText(/tokens, seed \d+: /).waitFor();
      return (await text.textContent()) ?? '';
    };
    const first = await write();
    expect(first).toBe(await said(seed));
    expect(await look('rnn-text')).toEqual([]);
    await page.getByLabel('Top k').fill('1');
    const likeliest = await write();
    await page.getByLabel('Top k').fill('');
    await page.getByLabel('Top p').fill('0.001');
    // The likeliest alone is drawn from, by the one bound as by the other.
    expect(await write()).toBe(likeliest);
    await page.getByLabel('Top p').fill('');
    const stop = first.slice(1, 2);
    await page.getByLabel('It ends before').fill(stop);
    expect(await write()).toBe(first.slice(0, first.indexOf(stop)));
    await page.getByText('a stop text came up').waitFor();
    await page.getByLabel('Temperature').fill('11');
    await page.getByLabel('Temperature').blur();
    expect(await page.getByLabel('Temperature').inputValue()).toBe('10');
  });

  test('classifies a text: an example at one click, and says what is wrong with another', async () => {
    await task('Classify', textModel, 'waves', 'words');
    await model().selectOption(textModel);
    await page.getByText(/^Example 1 of the test part of moods; its class is (glad|sad)\.$/).waitFor();
    const text = await page.getByLabel('Text', { exact: true }).inputValue();
    const { results } = await platform.client.rnn.classify({ model: { name: textModel }, texts: [text] });
    await button('Classify').click();
    await page.getByText(`It is ${results[0]?.classes[0]?.name}, says version 1.`).waitFor();
    expect(await page.getByRole('list', { name: 'Probability by class' }).getByRole('listitem').count()).toBe(2);
    expect(await look('rnn-classify-text')).toEqual([]);
    await button('Another example').click();
    await page.getByText(/^Example 2 of the test part/).waitFor();
    await page.getByLabel('Text', { exact: true }).fill(' ');
    await button('Classify').click();
    await page.getByRole('alert').getByText('is blank; send some text').waitFor();
  });

  test('classifies a sequence of numbers', async () => {
    await model().selectOption('waves');
    await page.getByRole('img', { name: /^The sequence, by channel/ }).waitFor();
    await page.getByText(/^Example 1 of the .* part of waves; its class is (slow|fast)\.$/).waitFor();
    await button('Classify').click();
    await page.getByText(/^It is (slow|fast), says version 1\.$/).waitFor();
    expect(await look('rnn-classify-sequence')).toEqual([]);
    await page.getByLabel('Sequence', { exact: true }).fill('1\n2, 3');
    await button('Classify').click();
    await page.getByRole('alert').getByText('Line 2 has 2 numbers, the first has 1; give each step one for each channel.').waitFor();
  });

  test('classifies a recording', async () => {
    await model().selectOption('words');
    await page.getByRole('img', { name: /^The sound of Example 1 of the .* part of words over \d\.\d seconds$/ }).waitFor();
    const bytes = wav(say(['re'], 77));
    const { results } = await platform.client.rnn.classify({ model: { name: 'words' }, recordings: [bytes] });
    await page.locator('input[type=file]').setInputFiles({ name: 're.wav', mimeType: 'audio/wav', buffer: bytes });
    await page.getByText(`It is ${results[0]?.classes[0]?.name}, says version 1.`).waitFor();
    expect(await look('rnn-classify-recording')).toEqual([]);
  });

  test('tags the words of a sentence', async () => {
    await task('Tag', 'tagger');
    const place = () => button('Tag').evaluate((of) => of.getBoundingClientRect().top);
    let read = (): void => undefined;
    await page.route('**/ReadExamples', async (route) => {
      await new Promise<void>((resolve) => (read = resolve));
      await route.continue();
    });
    await page.reload();
    await page.getByText('Reading an example ...').waitFor();
    const before = await place();
    read();
    await page.getByText(/^Example 1 of the .* part of sentences\.$/).waitFor();
    expect(await place()).toBe(before);
    await page.unroute('**/ReadExamples');
    await page.getByLabel('Sentence', { exact: true }).fill('The old boat falls .');
    const { results } = await platform.client.rnn.tag({ model: { name: 'tagger' }, sentences: [{ tokens: ['The', 'old', 'boat', 'falls', '.'] }] });
    await button('Tag').click();
    const tokens = page.getByRole('list', { name: 'Tokens with their tags' }).getByRole('listitem');
    const refused = page.getByRole('alert').filter({ hasText: /./ });
    await tokens.first().or(refused).first().waitFor();
    expect(await refused.allInnerTexts()).toEqual([]);
    const expected = results[0]!.tags.map(({ name, probability }, at) => `${['The', 'old', 'boat', 'falls', '.'][at]} ${name} ${(100 * probability).toFixed(1)} %`);
    expect((await tokens.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' '))).toEqual(expected);
    expect(await look('rnn-tag')).toEqual([]);
  });

  test('translates, with other translations and a picture of the attention', async () => {
    await task('Translate', 'german');
    const { results } = await platform.client.rnn.translate({ model: { name: 'german' }, texts: ['I see two dogs'], alternatives: 3 });
    // Last, when the page has what it asks of the model: what is typed before may be gone with the form that it was typed into.
    await page.getByLabel('Text', { exact: true }).fill('I see two dogs');
    await button('Translate').click();
    await page.locator('.said').getByText(results[0]!.hypotheses[0]!.text, { exact: true }).waitFor();
    expect(await page.getByRole('list', { name: 'Alternatives' }).getByRole('listitem').count()).toBe(results[0]!.hypotheses.length - 1);
    const attention = page.getByRole('img', { name: /^Attention: for each token of the translation/ });
    await attention.waitFor();
    expect(await attention.evaluate(async (image: HTMLImageElement) => (await image.decode(), image.naturalWidth))).toBeGreaterThan(100);
    expect(await look('rnn-translate')).toEqual([]);
    await page.getByLabel('Show the attention').uncheck();
    await button('Translate').click();
    await page.locator('.said').waitFor();
    await attention.waitFor({ state: 'detached' });
  });

  test('writes down what is said in an example, and in a file', async () => {
    await task('Transcribe', 'tones');
    await page.getByRole('img', { name: /^The sound of Example 1/ }).waitFor();
    await button('Transcribe').click();
    await page.locator('.said').waitFor();
    await dropFile(page, 'spoken.wav', wav(say(['re', 'do'], 500)));
    await page.locator('.said').getByText('re do', { exact: true }).waitFor();
    expect((await page.getByRole('list', { name: 'What begins when' }).getByRole('listitem').allInnerTexts()).map((text) => text.replaceAll(/[\d.]+ s\s+/g, ''))).toEqual(['re', 'do']);
    expect(await page.getByRole('list', { name: 'Alternatives' }).getByRole('listitem').count()).toBe(2);
    expect(await look('rnn-transcribe')).toEqual([]);
    await dropFile(page, 'picture.png', Buffer.from('no sound'));
    await page.getByRole('alert').getByText('expected a WAV or FLAC file').waitFor();
  });

  test('writes down what is said into the microphone', async () => {
    await button('Record from the microphone').click();
    await page.getByText(/^[3-9]\.\d s$/).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await button('End the recording').click();
    await page.locator('.said').getByText('do mi', { exact: true }).waitFor();
    await page.getByRole('img', { name: /^The sound of what was recorded over [3-9]\.\d seconds$/ }).waitFor();
    await button('Record from the microphone').waitFor();
    expect(await look('rnn-microphone')).toEqual([]);
  });

  test('captions an example, and a dropped image', async () => {
    await task('Caption', 'names');
    await page.getByRole('img', { name: /^Example 1 of the .* part of captions$/ }).waitFor();
    await button('Caption this example').click();
    await page.locator('.said').waitFor();
    await page.getByText(/says version 1, which looks through digits 1\./).waitFor();
    const image = greyPng(readFileSync(digitsFile).subarray(70 * 784, 71 * 784), 28, 28);
    const { results } = await platform.client.rnn.caption({ model: { name: 'names' }, images: [image] });
    await dropFile(page, 'digit.png', image);
    await page.locator('.said').getByText(results[0]!.captions[0]!.text || '(nothing)', { exact: true }).waitFor();
    expect(await look('rnn-caption')).toEqual([]);
    await dropFile(page, 'broken.png', Buffer.from('no image'));
    await page.getByRole('alert').getByText('images[0]', { exact: false }).waitFor();
  });

  test('shows the gradient through time while a training goes on: its curve at any look, its reach, the spectral radius', async () => {
    const { id } = await platform.client.rnn.trainClassifier({ model: 'unending', dataset: 'waves', network: { units: 8 }, ensemble: 1, options: { epochs: 3000, batchSize: 16, seed: 1n } });
    await visit(page, 'Training');
    await page.getByRole('link', { name: 'unending' }).click();
    const curve = section('Curves').getByRole('img', { name: /^Gradient through time/ });
    await curve.waitFor();
    expect((await platform.client.training.getJob({ id })).state).toBe(JobState.JOB_STATE_RUNNING);
    expect(await curve.getAttribute('aria-label')).toMatch(/^Gradient through time, \|dL\/dh_t\|, at step \d+ by time step\. Latest: member0\.recurrent\.0\.backward \S+, member0\.recurrent\.0\.forward \S+$/);
    await section('Curves').getByRole('img', { name: /^Reach of the gradient, in time steps before the end by step\. Latest: \S+ \d+, \S+ \d+$/ }).waitFor();
    await section('Curves').getByRole('img', { name: /^Spectral radius, by layer/ }).waitFor();
    await section('Curves').getByRole('slider', { name: 'Which look at the gradient' }).press('Home');
    await section('Curves').getByRole('img', { name: /^Gradient through time, .* at step 25 by/ }).waitFor();
    await section('Curves').getByText(/^Look 1 of \d+$/).waitFor();
    await button('Cancel').click();
    await page.getByText('cancelled', { exact: true }).waitFor();
    expect(await look('rnn-gradients')).toEqual([]);
  });

  test('can be used in the dark, and at the address of a model', async () => {
    await page.goto(`${platform.url}/rnn?model=tagger`);
    await button('Use dark colours').click();
    await button('Tag').click();
    await page.getByRole('list', { name: 'Tokens with their tags' }).waitFor();
    expect(await look('rnn-tag-dark')).toEqual([]);
    await task('Transcribe', 'tones');
    await page.getByRole('img', { name: /^The sound of Example 1/ }).waitFor();
    await button('Transcribe').click();
    await page.locator('.said').waitFor();
    expect(await look('rnn-transcribe-dark')).toEqual([]);
  });

  test('nothing failed in the pages, and nothing came from elsewhere', () => expect(opened.problems).toEqual([]));
});
