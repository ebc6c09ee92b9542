// What loading and unloading a version leaves behind: `node bench/serve/cycles.mjs` (after `npm run build`). A tiny CNN is loaded, asked and
// unloaded, again and again, in one engine as in a service's worker thread. Fails if tensors, sessions or memory pile up.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describeMachine } from '../train/machine.mjs';
import { core, runMain, float32 } from '../rnn/process.mjs';

const { host } = createRequire(import.meta.url)('../../services/cnn/dist/host.js');

const USAGE = `node bench/serve/cycles.mjs [options]
  --cycles n      default 200
  --warm-up n     cycles before the count begins, default 20
  --most-mib n    that the memory may grow by, default 8
`;

const SPEC = {
  inputShape: [12, 12, 1],
  classes: 3,
  layers: [{ kind: 'conv2d', filters: 4 }, { kind: 'flatten' }, { kind: 'dense', units: 8 }],
};

/** MiB of this process that lie in memory. */
const residentMib = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

/** What is in use, once the garbage is gone: TensorFlow's memory is freed where JavaScript's finalizers run. */
async function inUse() {
  for (let i = 0; i < 6; i++) {
    collectGarbage();
    await sleep(50);
  }
  return { ...core.tensorCounts(), mib: residentMib() };
}

async function main() {
  const { values } = parseArgs({ options: { cycles: { type: 'string', default: '200' }, 'warm-up': { type: 'string', default: '20' }, 'most-mib': { type: 'string', default: '8' } } });
  core.startEngine();
  const folder = mkdtempSync(join(tmpdir(), 'quartet-cycles-'));
  try {
    const network = core.buildNetwork(SPEC, 1);
    await core.writeArtifact(folder, { network, family: 'cnn', classNames: ['a', 'b', 'c'], metrics: {}, dataDigest: '0'.repeat(64), seed: 1n });
    network.dispose();
    const cycle = async () => {
      const model = await host.load(folder);
      await model.run('classify', { images: float32([1, ...SPEC.inputShape], new Float32Array(144)) });
      model.dispose();
      // The allocator gives nothing back to the system: garbage that lies about would look like a leak.
      collectGarbage();
      await sleep(1);
    };
    for (let i = 0; i < Number(values['warm-up']); i++) await cycle();
    const before = await inUse();
    for (let i = 0; i < Number(values.cycles); i++) await cycle();
    const after = await inUse();
    console.log(JSON.stringify({ machine: describeMachine(), cycles: Number(values.cycles), before, after }, null, 1));
    const grown = ['api', 'native', 'sessions'].filter((name) => after[name] !== before[name]);
    if (grown.length > 0 || after.mib - before.mib > Number(values['most-mib'])) {
      console.error(`something stays behind: ${grown.join(', ') || `${(after.mib - before.mib).toFixed(1)} MiB`}`);
      process.exitCode = 1;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await runMain(main, USAGE);
