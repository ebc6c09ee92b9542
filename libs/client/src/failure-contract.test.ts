import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { health, RULES } from '@quartet/contracts';
import type { Endpoint } from './endpoint';
import { SERVICES } from './services';

interface Row {
  role: string;
  again: string;
}

/** Rows of docs/failure-contract.md by `Service/Method`. */
function documented(): Map<string, Row> {
  const rows = new Map<string, Row>();
  let section = '';
  for (const line of readFileSync(join(__dirname, '../../../docs/failure-contract.md'), 'utf8').split('\n')) {
    section = /^## (\w+)$/.exec(line)?.[1] ?? section;
    const cells = /^\| [A-Z]\w+ \|/.test(line) ? line.split('|').map((cell) => cell.trim()) : undefined;
    if (!cells || cells[1] === 'RPC' || /^[A-Z_]+$/.test(cells[1]!)) continue;
    const [, method, role, again] = cells;
    const name = `${section}/${method}`;
    expect([name, rows.has(name), cells.length]).toEqual([name, false, 7]);
    rows.set(name, { role: role!, again: again! });
  }
  return rows;
}

const shortOf = (path: string) => path.slice(path.lastIndexOf('.') + 1).replace(/^HealthService/, 'Health');
const endpoints: Record<string, Record<string, Endpoint<unknown>>> = SERVICES;
const idempotent = new Map(Object.values(endpoints).flatMap((service) => Object.values(service).map((endpoint) => [shortOf(endpoint.path), endpoint.idempotent])));
const rows = documented();

test('every RPC is in the failure contract, and nothing else', () => {
  const own = [...RULES.keys()].map(shortOf);
  const probes = Object.values(health.HealthService).map(({ path }) => shortOf(path));
  expect([...rows.keys()].sort()).toEqual([...own, ...probes].sort());
});

test('it says the role that each RPC asks for', () => {
  for (const [path, { role }] of RULES) expect([path, rows.get(shortOf(path))?.role]).toEqual([path, role]);
});

test('it says what the client sends again by itself', () => {
  for (const [name, { again }] of rows) {
    expect(['yes', 'same', 'key', 'look']).toContain(again);
    // What others' clients call, the client doesn't offer.
    const repeated = name.startsWith('ExternalScaler/') ? false : idempotent.get(name);
    expect([name, again === 'yes']).toEqual([name, repeated]);
  }
});
