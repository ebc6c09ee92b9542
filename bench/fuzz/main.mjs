// Sends malformed messages to every method of a platform of its own:
//   node bench/fuzz/main.mjs [messages=100000] [seed=1] [only=part of a path]
// Ctrl-C ends it early. Prints how the calls ended, and each finding with the bytes that were sent; exits with 1 if there is one.
import { createRequire } from 'node:module';

const { fuzz, FuzzPlatform } = createRequire(import.meta.url)('../../conformance/dist/fuzz/index.js');
const option = (name, fallback) => process.argv.find((argument) => argument.startsWith(`${name}=`))?.slice(name.length + 1) ?? fallback;

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop.abort());
const platform = await FuzzPlatform.start();
const began = Date.now();
const report = await fuzz({
  addressOf: (service) => platform.addressOf(service),
  wordsFor: (service) => platform.wordsFor(service),
  messages: Number(option('messages', '100000')),
  seed: Number(option('seed', '1')),
  only: option('only', ''),
  signal: stop.signal,
  onMethod: (path, findings, ms) => console.log(`${path}: ${findings.length} findings, ${Math.round(ms)} ms`),
});
const { ended, faults } = platform;
await platform.stop();
for (const finding of report.findings.slice(0, 50)) console.log(JSON.stringify({ ...finding, sent: finding.sent.map((hex) => hex.slice(0, 400)) }));
for (const line of [...new Set([...ended, ...faults])].slice(0, 50)) console.log(line.slice(0, 2000));
console.log(JSON.stringify({ calls: report.calls, methods: report.methods, codes: report.codes, findings: report.findings.length, ended: ended.length, faults: faults.length, seconds: Math.round((Date.now() - began) / 1000) }));
process.exitCode = report.findings.length + ended.length + faults.length > 0 ? 1 : 0;
