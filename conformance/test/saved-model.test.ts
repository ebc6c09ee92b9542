import { mkdirSync, mkdtempSync, readFileSync, rmSync, appendFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { connect, tensorToTypedArray } from '@quartet/client';
import { DataType } from '@quartet/contracts';
import { runPython } from './run-python';
import { loadState } from './shared';

describe('the exported SavedModel', () => {
  const state = loadState();
  const folder = mkdtempSync(join(tmpdir(), 'quartet-export-'));
  const client = connect({ address: state.gateway });
  afterAll(() => {
    client.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('gives the same logits in plain Python TensorFlow as Classify, within 1e-5', async () => {
    for await (const { path, data } of client.models.exportVersion({ model: { name: state.model } })) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      appendFileSync(join(folder, path), data);
    }
    const digits = readFileSync(state.digitsFile);
    const batch = { dtype: DataType.DATA_TYPE_UINT8, shape: [BigInt(digits.length / 784), 28n, 28n, 1n], data: digits };
    const served = await client.cnn.classify({ model: { name: state.model }, input: { $case: 'batch', value: batch }, includeLogits: true });
    if (!served.logits) throw new Error('Classify left the logits out');
    const logits = tensorToTypedArray(served.logits) as Float32Array;

    const plain = await runPython<{ logits: number[][]; outputs: string[] }>('saved_model.py', join(folder, 'saved_model'), state.digitsFile);
    const expected = plain.logits.flat();
    expect(expected).toHaveLength(logits.length);
    const worst = Math.max(...expected.map((value, i) => Math.abs(value - (logits[i] ?? NaN))));
    expect(worst).toBeLessThan(1e-5);
    expect(plain.outputs).toEqual(expect.arrayContaining(['embedding', 'logits']));
  });

  it('has the files and checksums that its manifest names', () => {
    const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as { seed: unknown };
    expect(String(manifest.seed)).toBe('7');
  });
});
