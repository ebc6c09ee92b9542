import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { loadState } from '../shared';
import { dropFile, launch, open, picture, seriousFindings, visit, type Opened } from './browser';
import { READER, startConsolePlatform, type ConsolePlatform } from './platform';
import { greyPng } from './png';

// A training in a test waits for its turn, and a busy machine takes its time.
jest.setTimeout(300_000);

/** The console in a real browser, against a real platform. The tests go on where the one before left off. */
describe('the console', () => {
  let platform: ConsolePlatform;
  let browser: Browser;
  let closeBrowser: () => Promise<void>;
  let opened: Opened;
  let page: Page;
  const { model, digitsFile } = loadState();
  const digit = () => greyPng(readFileSync(digitsFile).subarray(0, 784), 28, 28);

  beforeAll(async () => {
    ({ browser, close: closeBrowser } = await launch());
    platform = await startConsolePlatform();
    opened = await open(browser, platform.url);
    page = opened.page;
  }, 300_000);
  afterAll(async () => {
    await closeBrowser?.();
    await platform?.close();
  }, 60_000);

  /** What axe finds, and what doesn't fit a narrow screen; leaves the pictures. */
  const look = async (name: string) => [...(await seriousFindings(page)), ...(await picture(page, name))];
  const section = (title: string) => page.getByRole('region', { name: title, exact: true });

  test('shows which services serve, and which versions answer', async () => {
    for (const family of ['CNN', 'RNN', 'GAN', 'Autoencoder', 'Registry']) await section(family).getByText('serving', { exact: true }).waitFor();
    const row = section('Versions that answer').getByRole('row').filter({ has: page.getByRole('link', { name: model, exact: true }) });
    await row.getByText('production').waitFor();
    expect(await row.innerText()).toContain('100.0 %');
    await platform.client.cnn.classify({ model: { name: model }, input: { $case: 'batch', value: { dtype: 3, shape: [1n, 28n, 28n, 1n], data: Buffer.alloc(784) } } });
    // Latency comes from the service's own counters.
    await row.getByText(/\d (ms|µs|s)$/).first().waitFor();
    expect(await look('overview')).toEqual([]);
  });

  test('starts a training by its form, with the data set previewed, and watches it to its end', async () => {
    await visit(page, 'Training');
    await page.getByRole('link', { name: 'Train CNN' }).click();
    await page.getByLabel('Model').fill('watched');
    await page.getByLabel('Data set *').selectOption({ label: 'digits-3000 (image)' });
    await section('Data set').getByRole('img').first().waitFor();
    await page.getByLabel('Epochs').fill('0.5');
    await page.getByRole('button', { name: 'Start the training' }).click();
    await page.getByRole('alert').getByText('Epochs', { exact: false }).or(page.getByRole('alert').getByText('epochs', { exact: false })).first().waitFor();
    await page.getByLabel('Epochs').fill('1');
    // By layer, gradients are told every hundred steps.
    await page.getByLabel('Batch size').fill('20');
    await page.getByLabel('Seed').fill('3');
    expect(await look('train-form')).toEqual([]);
    await page.getByRole('button', { name: 'Start the training' }).click();
    await page.getByRole('heading', { level: 1, name: 'Training of watched' }).waitFor();
    await page.getByRole('button', { name: 'Cancel' }).waitFor();
    await section('Curves').getByRole('img', { name: /^Loss by step/ }).waitFor();
    await page.getByText('succeeded', { exact: true }).waitFor();
    for (const title of [/^Accuracy by step/, /^Learning rate by step/, /^Gradient norm by step/, /^Gradient norm, by layer/]) await section('Curves').getByRole('img', { name: title }).waitFor();
    await section('Epochs').getByRole('cell', { name: 'best so far' }).waitFor();
    await section('Facts').getByRole('link', { name: /^watched \d+$/ }).waitFor();
    expect(await look('training')).toEqual([]);
  });

  test('cancels a training, resumes it, and cancels it again', async () => {
    await platform.client.cnn.train({ model: 'endless', dataset: 'digits-3000', options: { epochs: 500, batchSize: 64, seed: 1n, checkpointEverySteps: 5 } });
    await visit(page, 'Training');
    await page.getByRole('link', { name: 'endless' }).first().click();
    await page.getByText('running', { exact: true }).waitFor();
    for (const again of [true, false]) {
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.getByText('cancelled', { exact: true }).waitFor();
      if (again) await page.getByRole('button', { name: 'Resume' }).click();
    }
    await visit(page, 'Training');
    expect(await look('trainings')).toEqual([]);
  });

  test('compares two trainings: where their requests differ, curves, final metrics', async () => {
    for (const name of [/^Compare watched/, new RegExp(`^Compare ${model},`)]) await page.getByRole('checkbox', { name }).first().check();
    await page.getByRole('button', { name: 'Compare two' }).click();
    await section('Where the requests differ').getByRole('row', { name: /^options\.seed / }).waitFor();
    await section('Curves').getByRole('img', { name: /^Loss by step.* A loss .*B loss/ }).waitFor();
    const metrics = section('Final metrics');
    // Three epochs beat one; of the test part, as the versions were measured.
    await metrics.getByRole('row', { name: /^test\/loss [\d.]+ [\d.]+ -[\d.]+ B$/ }).waitFor();
    await metrics.getByRole('row', { name: /^validation\/accuracy / }).waitFor();
    expect(await look('compare')).toEqual([]);
  });

  test('says what goes wrong in a training, with evidence and remedy', async () => {
    const job = await platform.client.autoencoder.train({ model: 'copier', dataset: 'digits-3000', spec: { latentSize: 1000, architecture: { $case: 'dense', value: { units: [16] } } }, options: { epochs: 1, batchSize: 64, seed: 1n } });
    await page.goto(`${platform.url}/training/${job.id}`);
    await section('Diagnostics').getByText('Evidence').first().waitFor();
    await section('Diagnostics').getByText(/^(Remedy|Done about it)$/).first().waitFor();
    await page.getByText(/^(failed|succeeded)$/).waitFor();
    expect(await look('diagnostics')).toEqual([]);
  });

  test('promotes a version, gives a canary its share, rolls back, exports', async () => {
    await platform.client.models.promoteVersion({ model: 'watched', version: 1n, label: 'tried' });
    const again = await platform.client.cnn.train({ model: 'watched', dataset: 'digits-3000', options: { epochs: 1, batchSize: 128, seed: 4n } });
    await page.goto(`${platform.url}/training/${again.id}`);
    await page.getByText('succeeded', { exact: true }).waitFor();
    await visit(page, 'Models');
    expect(await look('models')).toEqual([]);
    await page.getByRole('link', { name: 'watched', exact: true }).click();
    await section('Version 1').getByText('tried').waitFor();
    for (const what of ['Seed', 'Data set', 'Training']) await section('Version 1').getByText(what, { exact: true }).waitFor();
    await section('Version 1').getByRole('button', { name: 'Promote version 1' }).click();
    await page.getByText('production points at version 1.').waitFor();
    await section('Version 1').getByText('production', { exact: true }).waitFor();
    await section('Traffic').getByLabel('Canary version').selectOption('2');
    await section('Traffic').getByRole('slider').press('ArrowRight');
    await section('Traffic').getByRole('button', { name: 'Set canary' }).click();
    await section('Traffic').getByText('version 2, 11 % of the calls').waitFor();
    expect((await platform.client.models.getTraffic({ model: 'watched' })).canary).toMatchObject({ version: 2n, weight: 11 });
    expect(await look('model')).toEqual([]);
    await section('Traffic').getByRole('button', { name: 'End the canary' }).click();
    await page.getByText('The canary, version 2, was ended.').waitFor();
    await section('Version 2').getByRole('button', { name: 'Promote version 2' }).click();
    await page.getByText('production points at version 2, before at 1.').waitFor();
    await section('Traffic').getByText('version 2, 100 % of the calls').waitFor();
    await section('Traffic').getByRole('button', { name: 'Roll back' }).click();
    await page.getByText('Production went back from version 2 to 1.').waitFor();
    await section('Version 1').getByText('production', { exact: true }).waitFor();
    expect((await platform.client.models.getModel({ name: 'watched' })).labels).toContainEqual(expect.objectContaining({ name: 'production', version: 1n }));
    const compared = section('Two versions compared');
    await compared.getByRole('columnheader', { name: 'Version 2' }).waitFor();
    await compared.getByRole('row', { name: /^test\/accuracy 0\.\d+ 0\.\d+ / }).waitFor();
    await section('Version 2').getByRole('link', { name: 'version 1', exact: true }).waitFor();
    expect(await look('versions')).toEqual([]);
    const [download] = await Promise.all([page.waitForEvent('download'), section('Version 1').getByRole('button', { name: 'Export' }).click()]);
    expect(download.suggestedFilename()).toBe('watched-1.zip');
    const zip = readFileSync(await download.path());
    for (const file of ['manifest.json', 'weights.safetensors', 'saved_model/saved_model.pb']) expect(zip.includes(file)).toBe(true);
  });

  test('classifies a dropped image, and shows the confusion matrix', async () => {
    await visit(page, 'CNN');
    await page.getByLabel('Model', { exact: true }).selectOption(model);
    await dropFile(page, 'digit.png', digit());
    const said = await platform.client.cnn.classify({ model: { name: model }, input: { $case: 'batch', value: { dtype: 3, shape: [1n, 28n, 28n, 1n], data: readFileSync(digitsFile).subarray(0, 784) } } });
    await page.getByText(`It is ${said.results[0]?.classes[0]?.name}, says version ${said.modelVersion}.`).waitFor();
    await page.getByRole('img', { name: 'The image, and beside it where the evidence for the class lies' }).waitFor();
    await page.getByText(/^Grad-CAM at .*red speaks for/).waitFor();
    await page.getByRole('button', { name: 'Measure on held-out examples' }).click();
    await page.getByRole('table', { name: /Rows: what it is/ }).waitFor();
    expect(await look('cnn')).toEqual([]);
  });

  test('generates samples by seed and class, the same again for the same seed, and walks between two', async () => {
    await visit(page, 'GAN');
    await page.getByLabel('Class', { exact: true }).selectOption('3');
    await page.getByLabel('How many').fill('4');
    const samples = page.getByRole('group', { name: 'Samples' });
    const generate = async () => {
      await page.getByRole('button', { name: 'Generate' }).click();
      await samples.getByRole('img').nth(3).waitFor();
      return samples.locator('canvas').evaluateAll((of) => of.map((canvas) => (canvas as HTMLCanvasElement).toDataURL()));
    };
    const first = await generate();
    expect(await generate()).toEqual(first);
    expect(new Set(first).size).toBe(4);
    await page.getByRole('button', { name: 'Interpolate' }).click();
    await page.getByRole('img', { name: 'Step 1 of 16' }).waitFor();
    await page.getByRole('slider', { name: 'Place between the two' }).press('End');
    await page.getByRole('img', { name: 'Step 16 of 16' }).waitFor();
    await page.getByRole('button', { name: /^Show \d+ rounds/ }).click();
    await page.getByRole('img', { name: 'Sample 0 of round 1' }).waitFor();
    await page.getByRole('img', { name: /^Losses of the two players/ }).waitFor();
    expect(await look('gan')).toEqual([]);
  });

  test('shows a dropped image before and after, its neighbours, and the latent space', async () => {
    await visit(page, 'Autoencoder');
    await dropFile(page, 'digit.png', digit());
    await page.getByRole('img', { name: 'The image as the model gives it back' }).waitFor();
    await page.getByRole('img', { name: 'Where the error is' }).waitFor();
    await page.getByRole('img', { name: /^Training example \d+/ }).first().waitFor();
    await page.getByRole('button', { name: 'Show the latents' }).click();
    await page.getByRole('textbox', { name: 'Row' }).fill('7');
    await page.getByRole('img', { name: 'Training example 7,', exact: false }).waitFor();
    await page.getByRole('button', { name: 'Compress 64 examples' }).click();
    await page.getByRole('img', { name: /^Rate and distortion by bits a number/ }).waitFor();
    expect(await look('autoencoder')).toEqual([]);
  });

  test('makes any call, and gives it in three languages', async () => {
    await visit(page, 'Try it');
    await page.getByLabel('Service').selectOption('quartet.cnn.v1.CnnService');
    await page.getByLabel('Method').selectOption('Classify');
    const request = { model: { name: model }, batch: { dtype: 'DATA_TYPE_UINT8', shape: ['1', '28', '28', '1'], data: Buffer.alloc(784).toString('base64') }, topK: 2 };
    await page.getByLabel('As JSON').fill(JSON.stringify(request));
    await page.getByRole('button', { name: 'Call' }).click();
    await page.getByText('1 message after').waitFor();
    expect(await page.getByLabel('The answer').innerText()).toContain('"modelVersion": ');
    expect(await page.getByLabel('The call by grpcurl').innerText()).toContain('quartet.cnn.v1.CnnService/Classify');
    await page.getByRole('tab', { name: 'TypeScript' }).click();
    expect(await page.getByLabel('The call by TypeScript').innerText()).toContain("input: { $case: 'batch', value:");
    await page.getByRole('tab', { name: 'tritonclient' }).click();
    await page.getByText(`client.infer("${model}", [images])`).waitFor();
    expect(await look('try-it')).toEqual([]);
    await page.getByLabel('As JSON').fill('{"model":{"name":"nobody"},"images":{"images":[]}}');
    await page.getByRole('button', { name: 'Call' }).click();
    await page.getByRole('alert').getByText('MODEL_NOT_FOUND').waitFor();
  });

  test('says that the connection is lost, and goes on by itself when it is back', async () => {
    await visit(page, 'Overview');
    await page.getByRole('link', { name: model, exact: true }).first().waitFor();
    await platform.stopGateway();
    await page.getByText('Connection lost').waitFor();
    expect(await page.getByRole('link', { name: model, exact: true }).first().isVisible()).toBe(true);
    expect(await look('connection-lost')).toEqual([]);
    await platform.startGateway();
    await page.getByText('Connected again').waitFor();
    await section('CNN').getByText('serving', { exact: true }).waitFor();
  });

  test('can be used by keyboard alone, and in the dark', async () => {
    await page.goto(platform.url);
    await page.locator('h1').waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the page');
    await page.getByRole('navigation').getByRole('link', { name: 'Models' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Models' }).waitFor();
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
    await page.getByRole('button', { name: 'Use dark colours' }).click();
    for (const title of ['Overview', 'Training', 'CNN', 'Try it']) {
      await visit(page, title);
      expect(await seriousFindings(page)).toEqual([]);
    }
    await visit(page, 'Overview');
    await page.getByRole('link', { name: model, exact: true }).first().waitFor();
    expect(await look('overview-dark')).toEqual([]);
  });

  test('nothing failed in the pages, and nothing came from elsewhere', () => expect(opened.problems).toEqual([]));

  test('asks for a token where the API does, and respects its roles', async () => {
    const guarded = await open(browser, platform.guarded.url);
    page = guarded.page;
    await page.getByRole('dialog', { name: 'Sign in' }).waitFor();
    expect(await look('sign-in')).toEqual([]);
    await page.getByLabel('Token', { exact: false }).and(page.locator('input')).fill(READER);
    await page.getByRole('dialog').getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.getByRole('navigation').getByRole('link', { name: 'Models' }).click();
    await page.getByRole('link', { name: model, exact: true }).click();
    await page.getByRole('button', { name: 'Promote version 1' }).click();
    await page.getByRole('alert').getByText('that takes the role admin').waitFor();
    await visit(page, 'Training');
    await page.getByRole('alert').getByText('that takes the role train').waitFor();
    // Gone with the tab, and by the button.
    expect(await page.evaluate(() => [localStorage.length - Object.keys(localStorage).filter((key) => key.startsWith('mantine')).length, sessionStorage.getItem('quartet-token') !== null])).toEqual([0, true]);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('dialog', { name: 'Sign in' }).waitFor();
    expect(guarded.problems).toEqual([]);
  });
});
