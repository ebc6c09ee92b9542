// Linters of others: hadolint, shellcheck, kube-score. What they are not asked for stands in lint/exceptions.json, with the reason.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { spawnSync } from 'node:child_process';
import { stringify } from 'yaml';
import { inRoot } from '../../tools/setup/paths.mjs';
import { OVERLAYS, render } from './cluster/manifests.mjs';
import { binary } from './control-plane/build.mjs';
import { linter } from './lint/linters.mjs';

const exceptions = JSON.parse(readFileSync(inRoot('deploy/test/lint/exceptions.json'), 'utf8'));

function clean(command, args, input) {
  const { status, stdout, stderr } = spawnSync(command, args, { input, encoding: 'utf8' });
  assert.equal(status, 0, `${stdout}${stderr}`);
}

test('hadolint finds nothing in the Dockerfile', () => clean(linter('hadolint'), [inRoot('deploy/Dockerfile')]));

test('shellcheck finds nothing in the scripts', () => {
  clean(linter('shellcheck'), ['deploy/image/quartet-service', 'deploy/image/build.sh', 'deploy/test/image/sandbox.sh'].map((file) => inRoot(file)));
});

for (const overlay of OVERLAYS) {
  test(`kube-score finds nothing critical (such as a missing limit) in ${overlay}`, async () => {
    const ignored = Object.keys(exceptions['kube-score']).flatMap((name) => ['--ignore-test', name]);
    const yaml = (await render(overlay)).map((object) => stringify(object)).join('---\n');
    clean(binary('kube-score'), ['score', '--output-format', 'ci', ...ignored, '-'], yaml);
  });
}
