// What the numbers were taken on.
import { spawnSync } from 'node:child_process';
import { totalmem } from 'node:os';
import { cores } from './contenders.mjs';

/** One line: `2 cores of AMD EPYC (family 26 model 2), L2 2 MiB (2 instances), L3 32 MiB (1 instance), 23 GiB, Linux 6.1`. */
export function describeMachine() {
  const fields = lscpu();
  const family = fields['CPU family'] ? ` (family ${fields['CPU family']} model ${fields.Model})` : '';
  const caches = ['L2', 'L3'].map((level) => fields[`${level} cache`] && `${level} ${fields[`${level} cache`]}`).filter(Boolean);
  const vectors = ['avx2', 'avx512f', 'avx512_bf16', 'amx_tile'].filter((flag) => fields.Flags?.split(' ').includes(flag));
  return [`${cores} cores of ${fields['Model name'] ?? 'an unknown CPU'}${family}`, ...caches, vectors.join(' '), `${(totalmem() / 2 ** 30).toFixed(0)} GiB`].join(', ');
}

function lscpu() {
  const { stdout = '' } = spawnSync('lscpu', { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
  return Object.fromEntries((stdout ?? '').split('\n').map((line) => [line.slice(0, line.indexOf(':')).trim(), line.slice(line.indexOf(':') + 1).trim()]));
}
