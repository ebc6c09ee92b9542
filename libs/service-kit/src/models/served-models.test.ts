import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '@quartet/contracts';
import { createLogger } from '../logging/logger';
import { until } from '../testing/until';
import { ServedModels } from './served-models';

const log = createLogger({ service: 'test', level: 'silent' });

describe('ServedModels', () => {
  const folder = mkdtempSync(join(tmpdir(), 'quartet-served-'));
  const file = join(folder, 'models.json');
  afterAll(() => rmSync(folder, { recursive: true }));
  const list = (...models: [model: string, family: string][]) =>
    writeFileSync(file, JSON.stringify({ models: models.map(([model, family]) => ({ model, family, address: `dns:///${family}-${model}:50051` })) }));
  const open = (models = '', onChange = () => {}) =>
    new ServedModels({ family: 'cnn', settings: readSettings({ QUARTET_MODELS: models, QUARTET_MODEL_PODS: file, QUARTET_CNN_ADDRESS: 'dns:///cnn:50051' }), log, onChange });

  test('without limits all is served and held but what has pods of its own, as the file says at the time', async () => {
    let changes = 0;
    const served = open('', () => (changes += 1));
    expect([served.serves('digits'), served.holds('digits'), changes]).toEqual([true, true, 0]);
    list(['digits', 'cnn'], ['air', 'rnn']);
    await until(() => changes === 1);
    expect([served.serves('digits'), served.holds('digits'), served.holds('air'), served.holds('letters')]).toEqual([true, false, true, true]);
    rmSync(file);
    await until(() => changes === 2);
    expect(served.holds('digits')).toBe(true);
    served.close();
  });

  test('with a limit the rest is refused, and the error says where it is served', () => {
    list(['digits', 'cnn'], ['faces', 'cnn']);
    const served = open('digits, letters-*');
    expect(['digits', 'letters-1', 'faces', 'other'].map((model) => [served.serves(model), served.holds(model)])).toEqual([[true, true], [true, true], [false, false], [false, false]]);
    expect(() => served.check('digits')).not.toThrow();
    expect(() => served.check('faces')).toThrow("model 'faces' isn't served here: these pods serve digits, letters-* alone (QUARTET_MODELS). Call its own pods at dns:///cnn-faces:50051, or the gateway, which knows them.");
    expect(() => served.check('other')).toThrow('Call the pods of its family at dns:///cnn:50051, or the gateway');
    served.close();
  });

  test('a setting that cannot be read stops the start', () => {
    expect(() => open('digits, a b')).toThrow('QUARTET_MODELS: has "a b"; it takes names of models separated by commas, such as "digits, letters-*".');
    writeFileSync(file, '[]');
    expect(() => open()).toThrow('QUARTET_MODEL_PODS: in the file, the whole:');
  });
});
