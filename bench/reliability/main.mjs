// All reliability benchmarks, one after the other, on a machine that does nothing else: `npm run bench:reliability [-- --folder out] [--quick]`.
// Takes about two hours; --quick, some minutes, only shows that everything works. Each writes its JSON into the folder; the last lines say what is met.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { folder: { type: 'string', default: 'bench-reliability' }, seed: { type: 'string', default: '1' }, quick: { type: 'boolean', default: false } } });
const { quick, folder, seed } = values;
const RUNS = [
  ['overload', quick ? ['--seconds', '5'] : []],
  ['training-beside', quick ? ['--seconds', '5', '--rounds', '1'] : []],
  ['chaos', ['--quiet', '--seed', seed, '--minutes', quick ? '0.5' : '10']],
  ['../fuzz/main', ['--seed', seed, ...(quick ? ['--messages', '2000'] : [])]],
  ['soak', quick ? ['--minutes', '1', '--warm-up', '0'] : []],
];

mkdirSync(folder, { recursive: true });
const lines = [];
for (const [script, args] of RUNS) {
  const name = script === '../fuzz/main' ? 'fuzz' : script;
  const json = join(folder, `${name}.json`);
  const { status } = spawnSync(process.execPath, [fileURLToPath(new URL(`${script}.mjs`, import.meta.url)), ...args, '--json', json], { stdio: ['ignore', 'ignore', 'inherit'] });
  let what = '';
  try {
    const { goals = [], invalid = [], findings = [] } = JSON.parse(readFileSync(json, 'utf8'));
    what = [...invalid, ...goals.map(({ goal, holds }) => `${holds ? '' : 'NOT '}${goal}`), ...findings].join('; ');
  } catch {
    what = 'it wrote no result';
  }
  lines.push(`${name}: ${status === 0 ? 'met' : status === 2 ? 'nothing can be said' : 'NOT MET'}${what ? `: ${what}` : ''}`);
  if (status === 1) process.exitCode = 1;
}
console.log(lines.join('\n'));
