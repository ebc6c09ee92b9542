// Whether anything grows or slows over hours: `node bench/reliability/soak.mjs --minutes 60` (after `npm run build`).
// The warm-up begins with batches of all sizes, as they come about whenever requests had to wait: TensorFlow keeps what it compiles for each. Then requests
// come at half of what can be answered, for the rest of the warm-up and for an hour that counts. Goals, in that hour: the memory of each process
// grows by less than 1 MiB an hour (least squares); the median and p99 of the last quarter are at most 1.5 times those of the first; nothing fails.
// Memory is what lies in memory (VmRSS) right after a full collection, every two minutes, with what is free given back: between those of V8's own, which may
// be hours apart, garbage comes and goes by tens of MiB. What lies there otherwise is told beside.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { Bench, conclude, invalid, number, residentMib, say } from './common.mjs';

const USAGE = `node bench/reliability/soak.mjs [options]
  --minutes n    that count, default 60
  --warm-up n    minutes before, default 30: V8 compiles what runs now and then, and sets memory aside, for as long
  --images n     in a request, default 1
  --json file
`;
const MOST_MIB_AN_HOUR = 1;
const SLICE_S = 10;
/** Of slices. */
const COLLECT_EVERY = 12;
/** V8 gives pages back in the background. */
const COLLECTED_MS = 3000;
/** Callers at once, in the warm-up: batches have up to as many requests. Up to 32 images TensorFlow keeps a convolution for each size, in each of its threads. */
const CALLERS = [...Array.from({ length: 40 }, (_, at) => at + 1), ...Array.from({ length: 11 }, (_, at) => 48 + 8 * at)];
const SWEEP_S = 0.8;
/** Latencies are medians over slices: some that the load generator was late in change nothing. */
const MOST_LATE_SLICES = 0.1;

/** MiB an hour, by least squares. */
function slopeOf(points) {
  const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length;
  const [x, y] = [mean(points.map(([hours]) => hours)), mean(points.map(([, mib]) => mib))];
  const [over, under] = points.reduce(([a, b], [hours, mib]) => [a + (hours - x) * (mib - y), b + (hours - x) ** 2], [0, 0]);
  return under === 0 ? 0 : over / under;
}

const memoryOf = (bench) => Object.fromEntries(Object.entries(bench.processes).map(([name, { child }]) => [name, Number(residentMib(child.pid).toFixed(1))]));
const told = (memory) => Object.entries(memory).map(([name, mib]) => `${name} ${mib}`).join(', ');

/** What lies in memory after a full collection, while nothing is asked. */
async function collectedMemoryOf(bench) {
  for (const { child } of Object.values(bench.processes)) child.kill('SIGUSR2');
  await sleep(COLLECTED_MS);
  return memoryOf(bench);
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

async function askInBatchesOfAllSizes(bench) {
  for (const callers of CALLERS) await bench.load.ask('closed', { callers, seconds: SWEEP_S, deadlineMs: 10_000 });
}

async function main() {
  const options = { minutes: number(60), 'warm-up': number(30), images: number(1), json: { type: 'string' }, help: { type: 'boolean' } };
  const { values } = parseArgs({ options });
  if (values.help) return process.stdout.write(USAGE);
  const [minutes, warmUp, images] = [values.minutes, values['warm-up'], values.images].map(Number);
  const bench = await Bench.start({ images, nodeOptions: `--require=${fileURLToPath(new URL('collect.cjs', import.meta.url))}` });
  try {
    const capacity = await bench.capacity({ seconds: Math.min(10, minutes * 3), callers: 8 });
    say(`capacity: ${capacity.toFixed(0)} requests/s`);
    const slices = [];
    const collected = [];
    const began = performance.now();
    const hours = () => (performance.now() - began) / 3_600_000;
    while (hours() * 60 < warmUp / 5) await askInBatchesOfAllSizes(bench);
    const seconds = Math.min(SLICE_S, (minutes * 60) / 12);
    while (hours() * 60 < warmUp + minutes) {
      const { windows: _, ...load } = await bench.load.ask('rate', { rate: capacity / 2, seconds, deadlineMs: 10_000 });
      if (load.ok === 0) throw new Error(`none of ${load.sent} requests were answered in ${seconds} s, ${(hours() * 60).toFixed(0)} min after the start: ${JSON.stringify({ ...load.others, ...load.refusals })}`);
      slices.push({ hours: hours(), load, memory: memoryOf(bench) });
      if (slices.length % Math.min(COLLECT_EVERY, Math.ceil((minutes * 60) / seconds / 4)) !== 0) continue;
      collected.push({ hours: hours(), memory: await collectedMemoryOf(bench) });
      say(`${(hours() * 60).toFixed(0)} min: p99 ${load.okMs.p99} ms, ${told(slices.at(-1).memory)} MiB; ${told(collected.at(-1).memory)} MiB collected`);
    }
    const counted = slices.filter((slice) => slice.hours * 60 >= warmUp);
    const quarter = Math.max(1, Math.floor(counted.length / 4));
    const late = counted.filter(({ load }) => invalid(load).length > 0);
    const latency = (part) => ({ p50: median(part.map(({ load }) => load.okMs.p50)), p99: median(part.map(({ load }) => load.okMs.p99)) });
    const [first, last] = [latency(counted.slice(0, quarter)), latency(counted.slice(-quarter))];
    const growth = (list) => Object.fromEntries(Object.keys(bench.processes).map((name) => [name, Number(slopeOf(list.filter((each) => each.hours * 60 >= warmUp).map((each) => [each.hours, each.memory[name]])).toFixed(1))]));
    const [mibAnHour, uncollectedMibAnHour] = [growth(collected), growth(slices)];
    const failed = slices.reduce((sum, { load }) => sum + load.sent - load.ok, 0);
    conclude('soak', {
      goals: [
        ...Object.entries(mibAnHour).map(([name, slope]) => [`${name} grows by less than ${MOST_MIB_AN_HOUR} MiB an hour (${slope})`, slope < MOST_MIB_AN_HOUR]),
        [`latency stays (p50 ${first.p50} to ${last.p50} ms, p99 ${first.p99} to ${last.p99} ms)`, last.p50 <= 1.5 * first.p50 && last.p99 <= 1.5 * first.p99],
        [`no request fails (${failed})`, failed === 0],
      ],
      why: [...(late.length > MOST_LATE_SLICES * counted.length ? invalid(...late.map(({ load }) => load)) : []), ...(minutes < 20 ? [`${minutes} minutes are too few to tell a slope an hour; take 20 or more`] : [])],
      json: values.json,
      minutes, warmUp, lateSlices: late.length, images, capacity, mibAnHour, uncollectedMibAnHour, first, last, collected, slices,
    });
  } finally {
    await bench.end();
  }
}

await main();
