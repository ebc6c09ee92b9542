// Milliseconds that the gateway adds to a call: `node bench/serve/gateway.mjs` (after `npm run build`). A CNN service that answers at once,
// a gateway and this client are processes of their own, as in the field. Each call goes directly and through the gateway, in turn and
// with the order changing, so that both meet the same machine.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeMachine } from '../train/machine.mjs';

const require = createRequire(import.meta.url);
const here = dirname(fileURLToPath(import.meta.url));
const { connect, tensorFromUint8, waitUntilServing } = require('@quartet/client');
const { freePort, ServiceProcess } = require('@quartet/service-kit/dist/platform-testing/processes');

const USAGE = `node bench/serve/gateway.mjs [options]
  --pairs n   calls each way, default 5000
  --bytes n   of the request's image, default 784
  --json file also writes the numbers
`;

const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
const sortedBy = (values) => Float64Array.from(values).sort();

async function main() {
  const options = { pairs: { type: 'string', default: '5000' }, bytes: { type: 'string', default: '784' }, json: { type: 'string' }, help: { type: 'boolean' } };
  const { values } = parseArgs({ options });
  if (values.help) return process.stdout.write(USAGE);
  const [cnnPort, gatewayPort] = [await freePort(), await freePort()];
  const env = { QUARTET_CNN_PORT: `${cnnPort}`, QUARTET_GATEWAY_PORT: `${gatewayPort}`, QUARTET_LOG_LEVEL: 'warn' };
  const silent = (script) => ServiceProcess.spawn(script, [], env);
  const processes = [silent(join(here, 'instant-cnn.cjs')), silent(join(here, '../../services/gateway/dist/main.js'))];
  const [direct, through] = [cnnPort, gatewayPort].map((port) => connect({ address: `127.0.0.1:${port}` }));
  try {
    await waitUntilServing(through, { service: 'quartet.cnn.v1.CnnService', timeoutMs: 60_000 });
    report(await measure(direct, through, Number(values.pairs), Number(values.bytes)), values);
  } finally {
    direct.close();
    through.close();
    await Promise.all(processes.map((child) => child.end('SIGTERM')));
  }
}

async function measure(direct, through, pairs, bytes) {
  const request = { model: { name: 'digits' }, input: { $case: 'batch', value: tensorFromUint8(new Uint8Array(bytes), [1, bytes]) } };
  const once = async (client) => {
    const started = performance.now();
    await client.cnn.classify(request);
    return performance.now() - started;
  };
  for (let i = 0; i < 1000; i++) for (const client of [direct, through]) await once(client);
  const taken = { direct: [], through: [], added: [] };
  for (let i = 0; i < pairs; i++) {
    const throughFirst = i % 2 === 1;
    const first = await once(throughFirst ? through : direct);
    const second = await once(throughFirst ? direct : through);
    const [a, b] = throughFirst ? [second, first] : [first, second];
    taken.direct.push(a);
    taken.through.push(b);
    taken.added.push(b - a);
  }
  return Object.fromEntries(Object.entries(taken).map(([name, list]) => [name, sortedBy(list)]));
}

function report(taken, { pairs, bytes, json }) {
  const rows = Object.entries(taken).map(([name, sorted]) => ({ name, median: quantile(sorted, 0.5), p90: quantile(sorted, 0.9), p99: quantile(sorted, 0.99) }));
  const addedAtMedian = rows[1].median - rows[0].median;
  console.log(`${describeMachine()}\n${pairs} calls each way, ${bytes} bytes of image, one after another; ms\n`);
  console.log('|  | median | 90 % | 99 % |\n|---|---|---|---|');
  for (const { name, median, p90, p99 } of rows) console.log(`| ${name} | ${[median, p90, p99].map((ms) => ms.toFixed(3)).join(' | ')} |`);
  console.log(`\nadded at the median: ${addedAtMedian.toFixed(3)} ms`);
  if (json) require('node:fs').writeFileSync(json, JSON.stringify({ machine: describeMachine(), pairs, bytes, addedAtMedian, rows }, null, 1));
}

await main();
