import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from '../testing/temp';
import { cachedFiles, type PinnedFiles } from './pinned-package';
import { runTool } from './run-tool';

const base = tempFolder();
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** A package of one file, `a`, that counts how often it is fetched. */
function packageOf(content: string, pinned = content, delayMs = 0) {
  const fetches: string[] = [];
  const files: PinnedFiles = {
    id: 'letters-1.0.0',
    sha256: { a: sha256(pinned) },
    fetch: async (folder) => {
      fetches.push(folder);
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      writeFileSync(join(folder, 'a'), content);
    },
  };
  return { files, fetches };
}

describe('cachedFiles', () => {
  it('fetches once, then takes what is in the cache', async () => {
    const cache = mkdtempSync(join(base, 'c-'));
    const { files, fetches } = packageOf('abc');
    const first = await cachedFiles(files, cache);
    expect(await cachedFiles(files, cache)).toEqual(first);
    expect(readFileSync(first.get('a')!, 'utf8')).toBe('abc');
    expect(fetches).toHaveLength(1);
    expect(readdirSync(join(cache, 'datasets'))).toEqual(['letters-1.0.0']);
  });

  it('is safe when many fetch at once', async () => {
    const cache = mkdtempSync(join(base, 'c-'));
    const { files } = packageOf('abc', 'abc', 20);
    const all = await Promise.all(Array.from({ length: 8 }, () => cachedFiles(files, cache)));
    for (const found of all) expect(readFileSync(found.get('a')!, 'utf8')).toBe('abc');
    expect(readdirSync(join(cache, 'datasets'))).toEqual(['letters-1.0.0']);
  });

  it('fetches again when the cached copy is damaged', async () => {
    const cache = mkdtempSync(join(base, 'c-'));
    mkdirSync(join(cache, 'datasets', 'letters-1.0.0'), { recursive: true });
    writeFileSync(join(cache, 'datasets', 'letters-1.0.0', 'a'), 'damaged');
    const found = await cachedFiles(packageOf('abc').files, cache);
    expect(readFileSync(found.get('a')!, 'utf8')).toBe('abc');
    expect(readdirSync(join(cache, 'datasets'))).toEqual(['letters-1.0.0']);
  });

  it('refuses what differs from its pin, and keeps none of it', async () => {
    const cache = mkdtempSync(join(base, 'c-'));
    await expect(cachedFiles(packageOf('evil', 'abc').files, cache)).rejects.toMatchObject({
      reason: 'CORRUPT_DATA',
      message: `letters-1.0.0: fetched a (SHA-256 ${sha256('evil')}, pinned ${sha256('abc')}); expected the SHA-256 pinned for it. The source has changed or was tampered with: don't use it.`,
    });
    expect(readdirSync(join(cache, 'datasets'))).toEqual([]);
  });
});

describe('runTool', () => {
  it('tells which program failed, and what it wrote', async () => {
    await expect(runTool('sh', ['-c', 'echo no network >&2; exit 3'], base, 'fetch it')).rejects.toMatchObject({
      reason: 'UNAVAILABLE',
      message: 'Could not fetch it: "sh -c" ended with code 3: no network. Check the network and the configuration of the registry, then try again.',
    });
    await expect(runTool('no-such-program', [], base, 'fetch it')).rejects.toThrow('Could not fetch it: "no-such-program" could not be started (ENOENT). Install no-such-program, or put it on PATH.');
  });

  it('stops the program when told to', async () => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 50);
    await expect(runTool('sleep', ['20'], base, 'fetch it', abort.signal)).rejects.toMatchObject({ reason: 'CANCELLED' });
  });
});
