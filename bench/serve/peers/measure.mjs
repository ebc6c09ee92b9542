// What is measured, in which order.
import { loadavg } from 'node:os';

const READY_S = 90;
const WARM_UP = { concurrency: 32, seconds: 1 };

/** By name: the request to load.py, less the address. */
export const loadsOf = ({ seconds, rate }) => ({
  c1: { op: 'closed', concurrency: 1, seconds },
  c8: { op: 'closed', concurrency: 8, seconds },
  c32: { op: 'closed', concurrency: 32, seconds },
  rate: { op: 'rate', rate, seconds },
});

/**
 * Starts the servers, compares their answers with the reference, and loads one after another, the others idle.
 *
 * @param servers With Quartet's service and the platform's gateway first.
 * @returns `{ starts, differences, rounds, memory }`: by server's name seconds of each start, the largest difference, for each round
 *   by load what load.py measured with serverCpuMs a request, and MiB after all.
 */
export async function measure(servers, { loader, plan, until, say }) {
  const starts = await startAll(servers, { loader, count: plan.starts, until, say });
  const differences = {};
  for (const { name, address } of servers) differences[name] = (await loader.ask('check', { address })).difference;
  say(`answers agree within ${Math.max(...Object.values(differences)).toExponential(1)}`);
  for (const { address } of servers) await loader.ask('closed', { address, ...WARM_UP });
  const rounds = [];
  while (rounds.length < plan.rounds && (rounds.length === 0 || performance.now() < until)) {
    rounds.push(await oneRound(rotated(servers, rounds.length), { loader, plan }));
    say(`round ${rounds.length} of ${plan.rounds}, load of the machine ${loadavg()[0].toFixed(1)}`);
  }
  const memory = Object.fromEntries(servers.map(({ name, processes }) => [name, processes.map((each) => ({ process: each.title, ...each.memory() }))]));
  return { starts, differences, rounds, memory };
}

/** Each is ended and started again in turn; after the last time all run. */
async function startAll(servers, { loader, count, until, say }) {
  const starts = Object.fromEntries(servers.map(({ name }) => [name, []]));
  const [quartet, gateway, ...peers] = servers;
  for (let turn = 0, last = false; !last; turn++) {
    last = turn + 1 >= count || performance.now() > until;
    // The service is started anew while the rest of the platform, which it needs, runs.
    for (const server of [gateway, quartet, ...peers]) {
      const startedAt = await server.start();
      try {
        await loader.ask('ready', { address: server.address, limit_s: READY_S });
      } catch (cause) {
        throw new Error(`${server.name} didn't start: ${cause.message}\n${server.processes.map(({ said }) => said).join('\n')}`, { cause });
      }
      const seconds = (performance.now() - startedAt) / 1e3;
      starts[server.name].push(seconds);
      say(`${server.name} answered ${seconds.toFixed(2)} s after its start`);
      if (!last && server !== gateway) await (server === quartet ? gateway : server).end();
    }
  }
  // The gateway finds the new service by itself.
  await loader.ask('ready', { address: gateway.address, limit_s: READY_S });
  return starts;
}

async function oneRound(servers, { loader, plan }) {
  const round = Object.fromEntries(servers.map(({ name }) => [name, {}]));
  for (const [load, { op, ...fields }] of Object.entries(loadsOf(plan))) {
    for (const { name, address, processes } of servers) {
      const cpu = () => processes.reduce((sum, each) => sum + each.cpuSeconds(), 0);
      const before = cpu();
      const measured = await loader.ask(op, { address, ...fields });
      round[name][load] = { ...measured, serverCpuMs: ((cpu() - before) * 1e3) / measured.requests };
    }
  }
  return round;
}

const rotated = (list, by) => [...list.slice(by % list.length), ...list.slice(0, by % list.length)];
