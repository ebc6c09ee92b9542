// The npm packages, exactly as package-lock.json has them.
import { existsSync } from 'node:fs';
import { runQuietly } from './command.mjs';
import { readJson } from './files.mjs';
import { inRoot, node24, root } from './paths.mjs';
import { SetupError } from './report.mjs';

const OLDEST_NODE = [22, 12];

/** Runs `npm ci` when node_modules is not what package-lock.json says. */
export async function installDependencies(report) {
  const reason = staleness(root);
  if (!reason) return;
  // Install scripts stay off (.npmrc): the set-up does what is needed itself. NODE_ENV=production would leave out tsc and nx.
  const args = ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--no-progress'];
  const remedy = 'Mend what npm reports above (network, registry, disk), then run the command again';
  await report.during(`npm packages (${reason})`, () => runQuietly('npm', args, { cwd: root, remedy }));
}

/**
 * Why node_modules differs from package-lock.json, or undefined when it does not. npm writes node_modules/.package-lock.json
 * last, so an installation that was cut off counts as missing.
 */
export function staleness(folder) {
  const wanted = readJson(`${folder}/package-lock.json`)?.packages;
  if (!wanted) throw new SetupError(`${folder}/package-lock.json is missing or is not JSON.`, 'git checkout package-lock.json');
  const present = readJson(`${folder}/node_modules/.package-lock.json`)?.packages;
  if (!present) return 'not installed yet';
  for (const [path, entry] of Object.entries(wanted)) {
    if (!path.includes('node_modules/')) continue;
    const found = present[path];
    // npm leaves out optional packages for other platforms.
    if (!found && entry.optional) continue;
    if (!found || found.version !== entry.version || found.integrity !== entry.integrity) return `${path.slice(path.lastIndexOf('node_modules/') + 13)} changed`;
    if (!existsSync(`${folder}/${path}`)) return `${path} is gone`;
  }
  return undefined;
}

/** @throws SetupError unless the Node that npm brought runs here and is new enough. */
export async function checkNode24() {
  const remedy = 'Remove node_modules and run the command again';
  const version = (await runQuietly(node24, ['--version'], { remedy })).trim();
  const [major, minor] = version.slice(1).split('.').map(Number);
  if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
    throw new SetupError(`${inRoot('node_modules/.bin/node')} is Node ${version}; Quartet needs ${OLDEST_NODE.join('.')} or newer.`, remedy);
  }
  return version;
}
