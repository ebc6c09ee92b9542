// Loads a platform of its own while its processes are killed, drained and frozen and its stores go away:
//   node bench/reliability/chaos.mjs [--minutes 10] [--seed 1] [--stores server|embedded] [--json file] [--quiet]
// (after `npm run build`, and `npm test` once for PostgreSQL and the S3 server). The same seed gives the same faults and the same calls.
// Prints what happened, when, and a summary; exits with 1 if there is a finding. Ctrl-C ends the faults early.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { describeMachine } from '../train/machine.mjs';

const { chaos, summaryOf } = createRequire(import.meta.url)('../../conformance/dist/chaos/index.js');

const options = { minutes: { type: 'string', default: '10' }, seed: { type: 'string', default: '1' }, stores: { type: 'string', default: 'server' }, json: { type: 'string' }, quiet: { type: 'boolean', default: false } };
const { values } = parseArgs({ options });
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop.abort());

const told = ({ at, what, target, ...details }) => process.stderr.write(`${at.toFixed(2).padStart(8)} s  ${what} ${target} ${Object.keys(details).length > 0 ? JSON.stringify(details) : ''}\n`);
const report = await chaos({ seconds: 60 * Number(values.minutes), seed: Number(values.seed), stores: values.stores, signal: stop.signal, told: values.quiet ? undefined : told });
const met = report.findings.length === 0;
if (values.json) writeFileSync(values.json, `${JSON.stringify({ benchmark: 'chaos', machine: describeMachine(), date: new Date().toISOString(), met, ...report }, null, 1)}\n`);
console.log(`${describeMachine()}\n${summaryOf(report)}`);
process.exitCode = met ? 0 : 1;
