import { chmodSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { findCommand, runQuietly } from '../../../tools/setup/command.mjs';
import { SetupError } from '../../../tools/setup/report.mjs';
import { GO } from './versions.mjs';

export const REMEDY = 'apt-get install -y golang-go (any version: a newer one is fetched by it)';
let found;

/** The path of a Go that is new enough: the machine's, or one that the machine's fetches as a module, checked by its sum. */
export const goCommand = () => (found ??= find());

async function find() {
  const go = findCommand('go') ?? findCommand('go', '/usr/local/go/bin:/usr/lib/go/bin');
  if (!go) throw new SetupError('Go is missing; the tests of deploy/ build Kubernetes and Kustomize with it.', REMEDY);
  const [, version] = /go version go(\S+)/.exec(await runQuietly(go, ['version'])) ?? [];
  return isOlder(version, GO) ? fetchToolchain(go) : go;
}

/** @param version `1.19.8`; a `devel` one counts as old. */
export function isOlder(version, than) {
  const [a, b] = [version, than].map((text) => String(text).split('.').map(Number));
  return !(a[0] > b[0] || (a[0] === b[0] && a[1] >= b[1]));
}

/** What Go 1.21 and newer do by themselves; Debian 12 has 1.19. A module's files aren't executable. */
export async function fetchToolchain(go) {
  const toolchain = `golang.org/toolchain@v0.0.1-go${GO}.linux-amd64`;
  const { Dir } = JSON.parse(await runQuietly(go, ['mod', 'download', '-json', toolchain], { cwd: '/', env: { GOFLAGS: '-mod=mod', GOTOOLCHAIN: 'local' }, remedy: REMEDY }));
  for (const folder of [join(Dir, 'bin'), join(Dir, 'pkg', 'tool', 'linux_amd64')]) for (const file of readdirSync(folder)) chmodSync(join(folder, file), 0o755);
  return join(Dir, 'bin', 'go');
}
