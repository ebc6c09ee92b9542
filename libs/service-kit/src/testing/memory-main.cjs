// A service process for the tests of what becomes of memory that is free: it fills 200 MB, frees all but 4 spread over it, and says what lies in memory.
const { setTimeout: sleep } = require('node:timers/promises');
const v8 = require('node:v8');
const vm = require('node:vm');
const { runMain } = require('../../dist');

const [PIECES, FREED_BYTES, KEPT_BYTES] = [2000, 100_000, 2000];
// Below 128 KiB: glibc maps larger ones each by itself, and they go back at once.
const held = { freed: [], kept: [] };

const residentMib = () => process.memoryUsage.rss() / 2 ** 20;

runMain('memory', async (settings, log) => {
  v8.setFlagsFromString('--expose-gc');
  for (let at = 0; at < PIECES; at += 1) {
    held.freed.push(new Uint8Array(FREED_BYTES).fill(1));
    held.kept.push(new Uint8Array(KEPT_BYTES).fill(1));
  }
  const filled = residentMib();
  held.freed = [];
  vm.runInNewContext('gc')();
  await sleep(5 * (settings.QUARTET_MEMORY_TRIM_MS || 100));
  log.info({ filled, left: residentMib(), kept: held.kept.length }, 'freed');
});
