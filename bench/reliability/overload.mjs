// What a platform does with five times as many requests as it can answer: `node bench/reliability/overload.mjs` (after `npm run build`).
// Capacity: what callers get that wait for their answers. Then requests come at half of it (for comparison), at five times as much whether
// answers have come or not, and at half of it again. Goals: at least 80 % of capacity is answered meanwhile; what is refused is refused within
// 50 ms (p99) with RESOURCE_EXHAUSTED and a delay; within 5 s after it latency is what it was.
//
// The network is a residual one, so that its computing is what limits capacity, at some tens of requests a second, as it is in production. With the small
// network of the other benchmarks five times capacity is thousands of messages a second, and load generator, gateway and network stack take the cores
// from the service: the generator is measured as much as the platform (`--preset unspecified` shows it).
import { parseArgs } from 'node:util';
import { Bench, conclude, invalid, number, say } from './common.mjs';

const USAGE = `node bench/reliability/overload.mjs [options]
  --seconds n    of each phase, default 20
  --images n     in a request, default 32: few requests of many images leave the processor to the platform, not to the load generator
  --preset name  of the network, default residual
  --depth n      of it, default 20; 0: the preset's own
  --width n      of it, default 32; 0: the preset's own
  --times n      as many requests as can be answered, default 5
  --deadline n   ms that a caller gives, default 1000
  --json file
`;
const RECOVERY_S = 5;
const WARM_UP_S = 8;
/** That the network is trained on: what it answers is no matter here. */
const DIGITS = 256;

async function main() {
  const options = { seconds: number(20), images: number(32), times: number(5), preset: { type: 'string', default: 'residual' }, depth: number(20), width: number(32), deadline: number(1000), json: { type: 'string' }, help: { type: 'boolean' } };
  const { values } = parseArgs({ options });
  if (values.help) return process.stdout.write(USAGE);
  const [seconds, images, times, deadlineMs, depth, width] = ['seconds', 'images', 'times', 'deadline', 'depth', 'width'].map((name) => Number(values[name]));
  const bench = await Bench.start({ images, preset: values.preset, depth, width, digits: DIGITS });
  try {
    const capacity = await bench.capacity({ seconds: Math.max(2, seconds / 4), callers: 16 });
    say(`capacity: ${capacity.toFixed(0)} requests/s of ${images} images, preset ${values.preset}, depth ${depth}, width ${width}`);
    // Code that refuses is compiled after some thousand calls, as it is long since in production.
    await bench.load.ask('rate', { rate: times * capacity, seconds: WARM_UP_S, deadlineMs });
    const phase = (share) => bench.load.ask('rate', { rate: share * capacity, seconds, deadlineMs });
    const before = await phase(0.5);
    say(`at half of it: p50 ${before.okMs.p50} ms, p99 ${before.okMs.p99} ms`);
    const over = await phase(times);
    say(`at ${times} times: ${(over.ok / seconds).toFixed(0)} answered/s, ${over.refused} refused, p99 of a refusal ${over.refusedMs.p99} ms`);
    const after = await bench.load.ask('rate', { rate: 0.5 * capacity, seconds: Math.max(seconds, RECOVERY_S + 3), deadlineMs });
    const goodput = over.ok / seconds / capacity;
    // A window is as before if its median is no more than twice the median before; p99 of a second's few requests says little.
    const usual = ({ okMs }) => okMs.p50 !== null && okMs.p50 <= 2 * before.okMs.p50;
    const recovered = after.windows.findIndex((_, at) => after.windows.slice(at, -1).every(usual));
    const others = Object.values(over.others).reduce((sum, count) => sum + count, 0);
    conclude('overload', {
      goals: [
        [`at least 80 % of capacity is answered (${(100 * goodput).toFixed(0)} %)`, goodput >= 0.8],
        [`refusals take at most 50 ms (p99 ${over.refusedMs.p99} ms)`, over.refused > 0 && over.refusedMs.p99 <= 50],
        [`every refusal has a delay (${over.withoutDelay} of ${over.refused} have none)`, over.withoutDelay === 0],
        [`nothing but that fails: at most 1 % (${others} of ${over.sent})`, others <= over.sent / 100],
        [`latency recovers within ${RECOVERY_S} s (${recovered < 0 ? 'not at all' : `${recovered} s`})`, recovered >= 0 && recovered <= RECOVERY_S],
      ],
      why: invalid(before, over, after),
      json: values.json,
      preset: values.preset, depth, width, images, deadlineMs, times, capacity, goodput, recoveredAfterSeconds: recovered, before, over, after,
    });
  } finally {
    await bench.end();
  }
}

await main();
