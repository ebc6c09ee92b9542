import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isServing, tensorFromUint8 } from '@quartet/client';
import type { QuartetError } from '@quartet/contracts';
import { mnist } from '@quartet/service-kit/dist/platform-testing/digits';
import { Platform, tinySpec } from './testing/platform';

describe('which models a service holds', () => {
  let platform: Platform;
  let file: string;
  let image: ReturnType<typeof tensorFromUint8>;
  const classify = (name: string) => platform.family.cnn.classify({ model: { name }, input: { $case: 'batch', value: image } });
  const said = (msg: string, version: string) => platform.service.line((line) => line.msg === msg && line['version'] === version);

  beforeAll(async () => {
    platform = await Platform.start();
    file = join(platform.home, 'models.json');
    await platform.uploadDigits('digits', 200, 50);
    image = tensorFromUint8((await mnist('t10k', 1)).images, [1, 28, 28]);
    for (const model of ['digits', 'letters']) {
      await platform.weightsOf(await platform.train({ model, dataset: 'digits', spec: tinySpec, options: { epochs: 1, batchSize: 32, seed: 1 } }));
      await platform.control.models.promoteVersion({ model, version: 1 });
    }
    await platform.service.end('SIGTERM');
  });
  afterAll(() => platform?.stop());

  it('all of its family, but a model with pods of its own only while it is called', async () => {
    await platform.startService({ QUARTET_MODEL_PODS: file, QUARTET_UNLABELLED_VERSIONS: '0' });
    await Promise.all([said('version loaded', 'digits/1'), said('version loaded', 'letters/1')]);
    writeFileSync(file, '{ "models": [{ "model": "letters", "family": "cnn", "address": "127.0.0.1:1" }] }');
    await said('version unloaded', 'letters/1');
    expect((await classify('letters')).modelVersion).toBe(1n);
    expect((await classify('digits')).modelVersion).toBe(1n);
    expect([await isServing(platform.family, 'digits'), await isServing(platform.family, 'letters')]).toEqual([true, false]);
    rmSync(file);
    await platform.service.line((line) => line.msg === 'QUARTET_MODEL_PODS was replaced');
    for (const end = Date.now() + 20_000; !(await isServing(platform.family, 'letters')); ) expect(Date.now()).toBeLessThan(end);
    await platform.service.end('SIGTERM');
  });

  it('only those of QUARTET_MODELS, and it says where the others are served', async () => {
    await platform.startService({ QUARTET_MODELS: 'letters' });
    // It serves once they are loaded.
    expect(platform.service.log.filter(({ msg }) => msg === 'version loaded').map((line) => line['version'])).toEqual(['letters/1']);
    expect((await classify('letters')).modelVersion).toBe(1n);
    const error = await classify('digits').then(() => undefined, (thrown: QuartetError) => thrown);
    expect(error?.reason).toBe('WRONG_STATE');
    expect(error?.message).toContain(`model 'digits' isn't served here: these pods serve letters alone (QUARTET_MODELS). Call the pods of its family at 127.0.0.1:${platform.env['QUARTET_CNN_PORT']}, or the gateway, which knows them.`);
    const { models } = await platform.family.inference.repositoryIndex({});
    expect(models.map(({ name, state }) => [name, state])).toEqual([['letters', 'READY']]);
    expect(await isServing(platform.family, 'digits')).toBe(false);
  });
});
