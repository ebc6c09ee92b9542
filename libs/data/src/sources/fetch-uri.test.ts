import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ingest } from '../ingest/ingest';
import { tempFolder } from '../testing/temp';
import { BUILTINS } from './builtin';
import { fetchUri } from './fetch-uri';

const base = tempFolder();
const [importRoot, outside, dir] = ['root', 'outside', 'dir'].map((name) => join(base, name)) as [string, string, string];
for (const folder of [importRoot, outside, dir, join(importRoot, 'set')]) mkdirSync(folder);
writeFileSync(join(importRoot, 'set', 'data.csv'), 'a,y\n1,x\n2,z\n');
writeFileSync(join(outside, 'secret.csv'), '');
symlinkSync(outside, join(importRoot, 'way-out'));
symlinkSync('set', join(importRoot, 'alias'));
mkdirSync(join(base, 'pipes'));
execFileSync('mkfifo', [join(base, 'pipes', 'pipe')]);
const builtins = BUILTINS.map((name) => `builtin:${name}`).join(', ');
const url = (...path: string[]) => pathToFileURL(join(...path)).href;
const fetch = (uri: string, options = {}) => fetchUri(uri, dir, { importRoot, cacheDir: base, ...options });

describe('fetchUri', () => {
  it('takes a file or a folder below the import root, in place', async () => {
    const found = new Map([['data.csv', join(importRoot, 'set', 'data.csv')]]);
    expect(await fetch(url(importRoot, 'set', 'data.csv'))).toEqual({ files: found, options: {} });
    expect((await fetch(url(importRoot, 'set'))).files).toEqual(found);
    expect((await fetch(url(importRoot, 'alias'))).files).toEqual(found);
    const { parts } = await ingest(await fetch(url(importRoot, 'set')), { format: 'csv' }, join(base, 'out'));
    expect(parts[0]).toMatchObject({ part: 'train', count: 2 });
  });

  const nothing = 'nothing that may be imported; expected a file or folder below QUARTET_IMPORT_ROOT. Move the data there';
  it.each<[string, string, object, string]>([
    ['a place outside', url(outside, 'secret.csv'), {}, nothing],
    ['a way that climbs', `${url(importRoot)}/../outside/secret.csv`, {}, nothing],
    ['a way that climbs, encoded', `${url(importRoot)}/%2e%2e/outside/secret.csv`, {}, nothing],
    ['a symbolic link that leads out', url(importRoot, 'way-out', 'secret.csv'), {}, nothing],
    ['what is not there', url(importRoot, 'none'), {}, nothing],
    ['what is not there, outside', url(outside, 'none'), {}, nothing],
    ['a named pipe', url(base, 'pipes', 'pipe'), { importRoot: base }, 'neither a file nor a folder; expected a plain file or a folder. Copy the data into one.'],
    ['an encoded slash', `${url(importRoot)}/a%2fb`, {}, 'no local path; expected file:///absolute/path'],
    ['another host', 'file://host/a', {}, 'no local path'],
    ['files where none may be imported', url(importRoot, 'set'), { importRoot: '' }, 'file: URIs are not allowed here; expected a built-in or an upload. Ask the operator to set QUARTET_IMPORT_ROOT.'],
    ['an import root that is gone', url(importRoot, 'set'), { importRoot: join(base, 'gone') }, 'the import root does not exist'],
    ['HTTP', 'http://169.254.169.254/latest', {}, `scheme "http:" is not allowed; expected one of ${builtins}, file:///path. Upload the files instead.`],
    ['S3 where it is not set up', 's3://bucket/key', {}, 's3: is not set up here'],
    ['a path without scheme', '/etc/passwd', {}, 'there is no scheme'],
    ['an unknown built-in', 'builtin:imagenet', {}, `builtin:imagenet: no such built-in data set; expected one of ${builtins}`],
    ['a built-in of Object', 'builtin:constructor', {}, 'no such built-in data set'],
  ])('refuses %s', async (_, uri, options, message) => {
    await expect(fetch(uri, options)).rejects.toMatchObject({ reason: 'FORBIDDEN_URI', message: expect.stringContaining(message) });
  });

  it('refuses a folder with a link in it that leads out', async () => {
    await expect(fetch(url(importRoot))).rejects.toThrow('a symbolic link that leads out of the folder or to a folder');
  });

  it('lists what the S3 client downloaded', async () => {
    const s3 = async (uri: string, folder: string) => writeFileSync(join(folder, 'data.csv'), uri);
    expect([...(await fetch('s3://bucket/key', { s3 })).files.keys()]).toEqual(['data.csv']);
  });
});
