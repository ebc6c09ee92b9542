import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSettings, SETTINGS } from './settings';
import { settingsTable } from './settings-table';

describe('readSettings', () => {
  it('gives the documented defaults in an empty environment', () => {
    const settings = readSettings({ HOME: '/home/ada' });
    expect(settings.QUARTET_GATEWAY_PORT).toBe(50050);
    expect(settings.QUARTET_REGISTRY_ADDRESS).toBe('127.0.0.1:50060');
    expect(settings.QUARTET_CACHE).toBe('/home/ada/.cache/quartet');
  });

  it('makes addresses from host and port unless they are set', () => {
    const settings = readSettings({ QUARTET_HOST: '0.0.0.0', QUARTET_CNN_PORT: '7', QUARTET_REGISTRY_ADDRESS: 'registry:1' });
    expect(settings.QUARTET_CNN_ADDRESS).toBe('0.0.0.0:7');
    expect(settings.QUARTET_REGISTRY_ADDRESS).toBe('registry:1');
  });

  it('puts blobs under an absolute home', () => {
    expect(readSettings({ QUARTET_HOME: '/srv/q' }).QUARTET_BLOB_URL).toBe('file:///srv/q/blobs');
  });

  it.each([
    ['QUARTET_GATEWAY_PORT', '70000', 'is "70000"; it takes: whole number from 0 to 65535. Unset it for the default, 50050.'],
    ['QUARTET_GATEWAY_PORT', '-1', 'is "-1"'],
    ['QUARTET_MAX_BATCH', '2.5', 'is "2.5"'],
    ['QUARTET_LOG_LEVEL', 'loud', 'it takes: trace, debug, info, warn, error, silent'],
  ])('refuses %s=%s, naming it and what it takes', (name, value, part) => {
    expect(() => readSettings({ [name]: value })).toThrow(`${name}: `);
    expect(() => readSettings({ [name]: value })).toThrow(part);
  });

  it('is what docs/settings.md shows', () => {
    const page = readFileSync(join(__dirname, '../../../docs/settings.md'), 'utf8');
    expect(page).toContain(settingsTable());
    for (const name of Object.keys(SETTINGS)) expect(page).toContain(`\`${name}\``);
  });
});
