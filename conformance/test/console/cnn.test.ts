import { readFileSync } from 'node:fs';
import { get } from 'node:https';
import type { Browser, Page } from 'playwright-core';
import { loadState } from '../shared';
import { dropFile, launch, open, picture, seriousFindings, visit, type Opened } from './browser';
import { READER } from './platform';
import { greyPng } from './png';
import { DIGITS, OWNER, startSecuredConsole, type SecuredConsole } from './secured';
import { moving, rowsAndDots, SIDE, videoFile } from './tiny-data';

// A busy machine takes its time.
jest.setTimeout(300_000);

/** What the console offers for each kind of CNN, over TLS and for those with a token. The tests go on where the one before left off. */
describe('the console of networks over images and videos, over TLS', () => {
  let platform: SecuredConsole;
  let browser: Browser;
  let closeBrowser: () => Promise<void>;
  let opened: Opened;
  let page: Page;
  const { digitsFile } = loadState();
  const digit = () => greyPng(readFileSync(digitsFile).subarray(0, 784), 28, 28);
  const row = () => greyPng(rowsAndDots(8, 9).images.subarray(0, SIDE * SIDE), SIDE, SIDE);

  beforeAll(async () => {
    ({ browser, close: closeBrowser } = await launch());
    platform = await startSecuredConsole();
    opened = await open(browser, platform.url, true);
    page = opened.page;
  }, 300_000);
  afterAll(async () => {
    await closeBrowser?.();
    await platform?.close();
  }, 60_000);

  const look = async (name: string) => [...(await seriousFindings(page)), ...(await picture(page, name))];
  const section = (title: string) => page.getByRole('region', { name: title, exact: true });
  const signIn = async (token: string) => {
    await page.getByRole('dialog', { name: 'Sign in' }).waitFor();
    await page.getByLabel('Token', { exact: false }).and(page.locator('input')).fill(token);
    await page.getByRole('dialog').getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
  };
  const use = async (name: string) => {
    await visit(page, 'CNN');
    await page.getByLabel('Model', { exact: true }).selectOption(name);
  };

  test('is served over TLS by a certificate that its authority vouches for, and to no one else', async () => {
    const fetched = (ca: string | undefined) => new Promise<number | string | undefined>((resolve) => get(platform.url, { ca }, (response) => resolve(response.resume().statusCode)).on('error', (error: NodeJS.ErrnoException) => resolve(error.code)));
    expect(await fetched(platform.ca)).toBe(200);
    expect(await fetched(undefined)).toBe('SELF_SIGNED_CERT_IN_CHAIN');
    expect(new URL(page.url()).protocol).toBe('https:');
  });

  test("shows a viewer what it may see, and says what it may not", async () => {
    await signIn(READER);
    await section('Replicas').getByText('shown to those with the role admin for all models').waitFor();
    await section('Trainings under way').getByText('Trainings are shown to those with the role train.').waitFor();
    expect(await look('viewer')).toEqual([]);
    await use(DIGITS);
    await dropFile(page, 'digit.png', digit());
    await page.getByText(/^It is \d, says version 1\./).waitFor();
    await page.getByRole('button', { name: 'Measure on held-out examples' }).click();
    await page.getByRole('alert').getByText('viewer may not call quartet.dataset.v1.DatasetService/GetDataset: that takes the role train').waitFor();
    await page.goto(`${platform.url}/models/heirs`);
    await page.getByRole('button', { name: 'Promote version 1' }).click();
    await page.getByRole('alert').getByText('that takes the role admin').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
  });

  test('shows an owner the replicas with their states, and a training over the same connection', async () => {
    await signIn(OWNER);
    await visit(page, 'Overview');
    const replicas = section('Replicas');
    for (const service of ['registry', 'cnn']) await replicas.getByRole('row', { name: new RegExp(`^${service} 127\\.0\\.0\\.1:\\d+ gets calls`) }).waitFor();
    await replicas.getByRole('row', { name: /^gan .* not reachable/ }).waitFor();
    expect(await look('replicas')).toEqual([]);
    const { jobs } = await platform.client.training.listJobs({});
    await page.goto(`${platform.url}/training/${jobs.find((job) => job.model === 'heirs')!.id}`);
    await section('Curves').getByRole('img', { name: /^Loss by step/ }).waitFor();
  });

  test('shows where a version comes from, and compares it with another', async () => {
    await page.goto(`${platform.url}/models/heirs`);
    await section('Version 1').getByText('the weights of').waitFor();
    await section('Two versions compared').getByText('There is one version').waitFor();
    await section('Version 1').getByRole('button', { name: 'Promote version 1' }).click();
    await page.getByText('production points at version 1').waitFor();
    expect(await look('lineage')).toEqual([]);
    await section('Version 1').getByRole('link', { name: `${DIGITS} 1` }).click();
    await page.getByRole('heading', { level: 1, name: DIGITS }).waitFor();
    expect(page.url()).toContain(`/models/${DIGITS}#version-1`);
  });

  test('explains a class by occlusion, measures calibration, and looks into the layers', async () => {
    await use(DIGITS);
    await dropFile(page, 'digit.png', digit());
    await page.getByText(/^It is \d, says version 1\./).waitFor();
    await page.getByText(/^Grad-CAM at .*red speaks for/).waitFor();
    await page.getByLabel('Evidence by').selectOption('Occlusion');
    await page.getByLabel('Evidence for the class').selectOption('2');
    await page.getByText(/^Occlusion by a window of \d+ pixels at \d+ places: red speaks for 2,/).waitFor();
    await page.getByRole('button', { name: 'Measure on held-out examples' }).click();
    await page.getByRole('table', { name: /Rows: what it is/ }).waitFor();
    // What the page measures is what the training measured, on the same part.
    const { metrics } = await platform.client.models.getVersion({ model: { name: DIGITS, target: { $case: 'version', value: 1n } } });
    const error = `${(100 * metrics['test/calibrationError']!).toFixed(1)} %`;
    await page.getByText(`Expected calibration error: ${error} over 15 bins. Its training measured ${error} on the whole test part`).waitFor();
    await page.getByRole('img', { name: /^Share of right answers by how sure they are/ }).waitFor();
    await page.getByText('60 of 60 answers are sure').waitFor();
    await page.getByRole('slider', { name: 'Unsure below a probability of' }).press('End');
    await page.getByText('0 of 60 answers are sure').waitFor();
    await page.getByRole('slider', { name: 'Unsure below a probability of' }).press('Home');
    await page.getByRole('button', { name: 'Look into the network' }).click();
    const layers = section('What its layers have learned');
    await layers.getByRole('cell', { name: 'logits', exact: true }).waitFor();
    const show = async (view: string, pictured: RegExp, layer?: string) => {
      await layers.getByLabel('Show', { exact: true }).selectOption(view);
      if (layer) await layers.getByLabel('Layer', { exact: true }).selectOption(layer);
      await layers.getByRole('button', { name: 'Show' }).click();
      await layers.getByRole('img', { name: pictured }).waitFor();
    };
    await show('Filters of the first convolution', /^8 filters of the first convolution$/);
    await show('What layers make of the image', /^What each layer makes of the image/);
    await layers.getByRole('cell', { name: /^\d+ of 8$/ }).first().waitFor();
    await show('Examples that excite units most', /^Examples that excite units of layers.1 most/, 'layers.1');
    await layers.getByRole('textbox', { name: 'Units' }).fill('0, 3');
    await show('What excites units', /^Images that excite units of the classifying layer/);
    expect(await layers.getByRole('row').filter({ hasText: /^[03]: / }).count()).toBe(2);
    expect(await look('cnn-classes')).toEqual([]);
  });

  test('gives the labels of an image by their probabilities and a threshold', async () => {
    await use('rows');
    await dropFile(page, 'row.png', row());
    const { results } = await platform.client.cnn.classify({ model: { name: 'rows' }, input: { $case: 'images', value: { images: [{ content: { $case: 'encoded', value: row() } }] } } });
    const had = results[0]!.classes.map(({ name }) => name);
    await page.getByText(`${had.length > 0 ? `It has ${had.join(', ')}` : 'It has none of the labels'}, says version 1.`).waitFor();
    expect(await page.getByRole('list', { name: 'Probability by label' }).getByRole('listitem').count()).toBe(3);
    // From 0 on it has all of them.
    await page.getByRole('slider', { name: 'Has it from' }).press('Home');
    await page.getByText(/^It has [012], [012], [012], says version 1\.$/).waitFor();
    await page.getByLabel('Evidence for the label').selectOption('1');
    await page.getByText(/red speaks for 1\./).waitFor();
    await page.getByRole('button', { name: 'Measure on held-out examples' }).click();
    const table = page.getByRole('region', { name: 'Table: Labels' });
    await table.getByRole('row', { name: /^0 \d+ [\d.]+ % / }).waitFor();
    const recall = async () => (await table.getByRole('row', { name: /^0 / }).getByRole('cell').nth(3).innerText()).trim();
    await page.getByRole('slider', { name: 'An image has a label from' }).press('Home');
    // From 0 on everything has it, and nothing is missed.
    expect(await recall()).toBe('100.0 %');
    expect(await look('cnn-labels')).toEqual([]);
  });

  test('gives the numbers of an image in their units', async () => {
    await use('dots');
    await dropFile(page, 'row.png', row());
    const { values } = await platform.client.cnn.predict({ model: { name: 'dots' }, input: { $case: 'images', value: { images: [{ content: { $case: 'encoded', value: row() } }] } } });
    const said = Buffer.from(values!.data).readFloatLE(0);
    await page.getByText(`Version 1 says value_0 ${Number(said.toPrecision(4))}.`).waitFor();
    await page.getByText(/^Grad-CAM at .*: red raises value_0\./).waitFor();
    await page.getByLabel('Evidence by').selectOption('Occlusion');
    await page.getByText(/red raises value_0, blue lowers it\..* becomes -?[\d.]+\.$/).waitFor();
    await page.getByRole('button', { name: 'Measure on held-out examples' }).click();
    await page.getByRole('img', { name: /60 examples, what is said over what is so/ }).waitFor();
    await page.getByRole('img', { name: /^Example \d+: \d, taken for/ }).first().waitFor();
    expect(await look('cnn-numbers')).toEqual([]);
  });

  test('classifies a video file, as a whole and window by window', async () => {
    await use('ways');
    const clips = moving(4, 77).clips;
    await dropFile(page, 'clip.mp4', videoFile(clips, 'mp4'), 'video/mp4');
    await page.getByText(/^It is [0-3], says version 1\.$/).waitFor();
    await page.getByRole('img', { name: /^Probability by time/ }).waitFor();
    // 24 frames at 10 a second, windows of 6, from 3 to 3.
    await page.getByRole('region', { name: 'Table: Windows' }).getByRole('row', { name: /^1\.8 to 2\.4 [0-3] / }).waitFor();
    await dropFile(page, 'clip.gif', videoFile(clips, 'gif'), 'image/gif');
    await page.getByRole('img', { name: 'The clip that was given: clip.gif' }).waitFor();
    await page.getByText(/^It is [0-3], says version 1\.$/).waitFor();
    await page.getByRole('region', { name: 'Table: Windows' }).getByRole('row', { name: /^0 to 0\.6 / }).waitFor();
    await page.getByRole('button', { name: 'Measure on held-out examples' }).click();
    await page.getByRole('table', { name: /Rows: what it is/ }).waitFor();
    await page.getByText(/^\d+ of 60 right/).waitFor();
    expect(await look('cnn-video')).toEqual([]);
    await dropFile(page, 'no.mp4', Buffer.from('no video'), 'video/mp4');
    await page.getByRole('alert').getByText("can't be decoded", { exact: false }).first().waitFor();
  });

  test('previews data of each kind in the form of a training', async () => {
    const preview = async (family: string, dataset: string, kind: string) => {
      await page.goto(`${platform.url}/training/new/${family}`);
      await page.getByLabel('Data set *').selectOption({ label: `${dataset} (${kind})` });
      return section('Data set');
    };
    await (await preview('cnn', 'rows', 'image')).getByRole('img', { name: /^Example 0, / }).waitFor();
    await (await preview('cnn', 'ways', 'video')).getByRole('img', { name: 'Example 2, frame 6 of the 6 that are shown' }).waitFor();
    expect(await look('preview-video')).toEqual([]);
    await (await preview('rnn', 'moods', 'text')).getByRole('cell', { name: /^a \w+ day number/ }).first().waitFor();
    await (await preview('rnn', 'year', 'series')).getByRole('img', { name: /^First \d+ rows by row/ }).waitFor();
    const tones = await preview('rnn', 'tones', 'recording');
    await tones.getByRole('img', { name: 'Waveform of example 0' }).waitFor();
    await tones.getByLabel(/^Recording 0, 250 ms/).waitFor();
    expect(await tones.locator('audio').first().evaluate((audio: HTMLAudioElement) => new Promise((resolve) => (audio.readyState > 0 ? resolve(audio.duration) : audio.addEventListener('loadedmetadata', () => resolve(audio.duration)))))).toBeCloseTo(0.25);
    expect(await look('preview-audio')).toEqual([]);
  });

  test('nothing failed in the pages, and nothing came from elsewhere', () => expect(opened.problems).toEqual([]));
});
