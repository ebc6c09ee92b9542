import { Version, type ModelRef } from '@quartet/contracts';
import { checkRef, keyOf, LabelTable } from './label-table';

const version = (number: number, ...labels: string[]) => Version.fromPartial({ model: 'digits', version: BigInt(number), labels });
const ref = (target?: ModelRef['target']): ModelRef => ({ name: 'digits', target });
const label = (value: string) => ref({ $case: 'label', value });

describe('LabelTable', () => {
  it('finds by label, by number, and by the default label', () => {
    const table = new LabelTable();
    table.update([version(1, 'canary'), version(2, 'production', 'best')], () => true);
    expect(table.find(ref())?.version).toBe(2n);
    expect(table.find(label('best'))?.version).toBe(2n);
    expect(table.find(label('canary'))?.version).toBe(1n);
    expect(table.find(ref({ $case: 'version', value: 1n }))?.version).toBe(1n);
    expect(table.find(label('other'))).toBeUndefined();
    expect(table.find({ name: 'letters', target: undefined })).toBeUndefined();
  });

  it('keeps a label on the version that serves until the next one is loaded', () => {
    const loaded = new Set(['digits/1']);
    const table = new LabelTable();
    table.update([version(1, 'production')], (of) => loaded.has(keyOf(of)));
    table.update([version(2, 'production')], (of) => loaded.has(keyOf(of)));
    expect(table.find(ref())?.version).toBe(1n);
    expect(table.versions.map(keyOf).sort()).toEqual(['digits/1', 'digits/2']);
    loaded.add('digits/2');
    table.update([version(2, 'production')], (of) => loaded.has(keyOf(of)));
    expect(table.find(ref())?.version).toBe(2n);
    expect(table.versions.map(keyOf)).toEqual(['digits/2']);
  });

  it('points a label at a version that is not loaded where there is no other', () => {
    const table = new LabelTable();
    table.update([version(1, 'production')], () => false);
    expect(table.find(ref())?.version).toBe(1n);
  });

  it('forgets what has no label any longer', () => {
    const table = new LabelTable();
    table.update([version(1, 'production')], () => true);
    table.update([], () => true);
    expect(table.find(ref())).toBeUndefined();
    expect(table.versions).toEqual([]);
  });
});

describe('checkRef', () => {
  it('refuses a reference without a name, and version 0', () => {
    expect(() => checkRef(undefined)).toThrow('model.name: is empty');
    expect(() => checkRef(ref({ $case: 'version', value: 0n }))).toThrow('versions count from 1');
    expect(checkRef(ref()).name).toBe('digits');
  });
});
