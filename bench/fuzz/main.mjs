// Sends malformed messages to every method of a platform of its own:
//   node bench/fuzz/main.mjs [--messages 100000] [--seed 1] [--only part of a path] [--json file]
// Ctrl-C ends it early. Prints how the calls ended, and each finding with the bytes that were sent; exits with 1 if there is one.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { describeMachine } from '../train/machine.mjs';

const { fuzz, FuzzPlatform } = createRequire(import.meta.url)('../../conformance/dist/fuzz/index.js');
const options = { messages: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' }, only: { type: 'string', default: '' }, json: { type: 'string' } };
const { values } = parseArgs({ options });

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop.abort());
const platform = await FuzzPlatform.start();
const began = Date.now();
const report = await fuzz({
  addressOf: (service) => platform.addressOf(service),
  wordsFor: (service) => platform.wordsFor(service),
  messages: Number(values.messages),
  seed: Number(values.seed),
  only: values.only,
  signal: stop.signal,
  onMethod: (path, findings, ms) => console.log(`${path}: ${findings.length} findings, ${Math.round(ms)} ms`),
});
const { ended, faults } = platform;
await platform.stop();
for (const finding of report.findings.slice(0, 50)) console.log(JSON.stringify({ ...finding, sent: finding.sent.map((hex) => hex.slice(0, 400)) }));
for (const line of [...new Set([...ended, ...faults])].slice(0, 50)) console.log(line.slice(0, 2000));
const found = report.findings.length + ended.length + faults.length;
const summary = { calls: report.calls, methods: report.methods, codes: report.codes, findings: report.findings.length, ended: ended.length, faults: faults.length, seconds: Math.round((Date.now() - began) / 1000) };
console.log(JSON.stringify(summary));
if (values.json) {
  const goals = [{ goal: `${report.calls} malformed messages to ${report.methods} methods: each gets a typed error or an answer within its time, and no process ends (${found} findings)`, holds: found === 0 }];
  writeFileSync(values.json, `${JSON.stringify({ benchmark: 'fuzz', machine: describeMachine(), date: new Date().toISOString(), met: found === 0, goals, ...summary, findings: report.findings.map((finding) => JSON.stringify({ ...finding, sent: undefined })) }, null, 1)}\n`);
}
process.exitCode = found > 0 ? 1 : 0;
