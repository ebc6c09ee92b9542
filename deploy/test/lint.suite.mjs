// Linters of others: hadolint, shellcheck, kube-score, checkov. What they are not asked for stands in lint/exceptions.json, with the reason.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { spawnSync } from 'node:child_process';
import { stringify } from 'yaml';
import { inRoot } from '../../tools/setup/paths.mjs';
import { OVERLAYS, render } from './cluster/manifests.mjs';
import { binary } from './control-plane/programs.mjs';
import { linter } from './lint/linters.mjs';

const exceptions = JSON.parse(readFileSync(inRoot('deploy/test/lint/exceptions.json'), 'utf8'));

function clean(command, args, input) {
  const { status, stdout, stderr } = spawnSync(command, args, { input, encoding: 'utf8', maxBuffer: 64 * 2 ** 20 });
  assert.equal(status, 0, `${stdout}${stderr}`);
}

test('hadolint finds nothing in the Dockerfile', () => clean(linter('hadolint'), [inRoot('deploy/Dockerfile')]));

test('shellcheck finds nothing in the scripts', () => {
  clean(linter('shellcheck'), ['deploy/image/quartet-service', 'deploy/image/build.sh', 'deploy/test/image/sandbox.sh'].map((file) => inRoot(file)));
});

const texts = new Map();
/** What an overlay makes, rendered once. */
async function textOf(overlay) {
  if (!texts.has(overlay)) texts.set(overlay, (await render(overlay)).map((object) => stringify(object)).join('---\n'));
  return texts.get(overlay);
}

for (const overlay of OVERLAYS) {
  test(`kube-score finds nothing critical (such as a missing limit) in ${overlay}`, async () => {
    const ignored = Object.keys(exceptions['kube-score']).flatMap((name) => ['--ignore-test', name]);
    clean(binary('kube-score'), ['score', '--output-format', 'ci', ...ignored, '-'], await textOf(overlay));
  });
}

test('checkov finds nothing in the Dockerfile and in what the overlays make', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'quartet-checkov-'));
  try {
    cpSync(inRoot('deploy/Dockerfile'), join(folder, 'Dockerfile'));
    for (const overlay of OVERLAYS) writeFileSync(join(folder, `${overlay}.yaml`), await textOf(overlay));
    const skipped = Object.keys(exceptions.checkov).join(',');
    // By its module: a script of a virtual environment that was moved has a wrong first line.
    clean(linter('python3'), ['-m', 'checkov.main', '--directory', folder, '--framework', 'kubernetes', 'dockerfile', '--compact', '--quiet', '--skip-check', skipped]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
