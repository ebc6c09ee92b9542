// Programs built from Go modules into the cache, once for all clones.
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { runQuietly } from '../../../tools/setup/command.mjs';
import { cacheFolder } from '../../../tools/setup/paths.mjs';
import { goCommand, REMEDY } from './go.mjs';
import { ETCD, KEDA, KUBERNETES, KUBE_SCORE, KUEUE, KUSTOMIZE, KWOK, PROMETHEUS } from './versions.mjs';

export const home = join(cacheFolder(), 'control-plane');
const OF_OPERATORS = { keda: KEDA.version, 'keda-adapter': KEDA.version, prometheus: PROMETHEUS, kueue: KUEUE.version };
const VERSIONS = { etcd: ETCD, kwok: KWOK, kustomize: KUSTOMIZE, 'kube-score': KUBE_SCORE, ...OF_OPERATORS };
/** Where a program is, or will be. */
export const binary = (name) => join(home, 'bin', `${name}-${VERSIONS[name] ?? `v${KUBERNETES}`}`);

/** For programs that have little to do: optimizing is a third of the compiler's work. */
export const UNOPTIMIZED = '-N -l';

/** What only a debugger reads is a tenth of the compiler's work. */
const NOT_DEBUGGED = '-dwarf=false';

/** Memory is at hand, and collecting garbage as often as Go does by default is a fifth of what its compiler does. */
const SELDOM_COLLECTING = { GOGC: '400', GOMEMLIMIT: '3GiB' };

/** A toolchain that a module wants comes through Go's own module client. */
const environment = (mod) => ({ ...SELDOM_COLLECTING, CGO_ENABLED: '0', GOFLAGS: `-p=2 -buildvcs=false -mod=${mod}`, GOTOOLCHAIN: 'auto', GOWORK: 'off' });

/** @returns what Go says of a module that it has fetched: `Dir`, where it lies. */
export async function download(module, version) {
  mkdirSync(home, { recursive: true });
  return JSON.parse(await runQuietly(await goCommand(), ['mod', 'download', '-json', `${module}@${version}`], { cwd: home, env: environment('mod'), remedy: REMEDY }));
}

/** `a/b/v3` is built as `b`. */
const builtName = (source) => basename(source.replace(/\/v\d+$/, ''));

/**
 * Builds those that are missing, all by one call of Go: while one is linked the next is compiled.
 * @param sources package of each program, by name @param prepare makes the module, in a folder; given that, and what calls Go there
 * @param mod as Go's flag @param compile flags of the compiler, for all but Go's own library @param link flags of the linker
 */
export async function buildPrograms(report, { sources, prepare, mod = 'mod', tags = '', compile = '', link = '' }) {
  const missing = Object.keys(sources).filter((name) => !existsSync(binary(name)));
  if (missing.length === 0) return;
  const folder = join(home, 'modules', `${missing[0]}.${process.pid}`);
  const built = `${folder}.built`;
  const go = async (args) => runQuietly(await goCommand(), args, { cwd: folder, env: environment(mod), remedy: REMEDY });
  await report.during(`building ${missing.join(', ')} from Go modules`, async () => {
    for (const each of [folder, built, join(home, 'bin')]) mkdirSync(each, { recursive: true });
    await prepare(folder, go);
    // Go's own library is compiled once for all programs: the last pattern that a package matches counts.
    const flags = [`all=${NOT_DEBUGGED} ${compile}`.trim(), `std=${NOT_DEBUGGED}`].map((each) => `-gcflags=${each}`);
    await go(['build', '-trimpath', '-tags', tags, ...flags, '-ldflags', `-s -w ${link}`.trim(), '-o', `${built}/`, ...missing.map((name) => sources[name])]);
    for (const name of missing) renameSync(join(built, builtName(sources[name])), binary(name));
    for (const each of [folder, built]) rmSync(each, { recursive: true });
  });
}
