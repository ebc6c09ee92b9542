// The results as Markdown.
import { median } from '../../train/statistics.mjs';
import { TITLES } from './contenders.mjs';

const PEERS = ['mlserver', 'triton'];
const OWN = ['quartet', 'gateway'];

/** @param results of measure, and `{ machine, date, load, plan }` */
export function reportOf({ machine, date, load, plan, starts, differences, rounds, memory }) {
  const names = Object.keys(memory);
  const loads = Object.keys(rounds[0][names[0]]);
  const titleOf = (name) => (name === 'rate' ? `${plan.rate} requests a second` : `${name.slice(1)} under way`);
  const rows = loads.flatMap((name) => names.map((server) => loadRow(titleOf(name), rounds.map((round) => round[server][name]), server)));
  const ratios = loads.flatMap((name) => OWN.flatMap((own) => PEERS.map((peer) => ratioRow(titleOf(name), rounds.map((round) => [round[own][name], round[peer][name]]), own, peer))));
  return [
    `${machine}. ${date}. ${rounds.length} ${rounds.length === 1 ? 'round' : 'rounds'} of ${plan.seconds} s a load and server; load of the machine before: ${load.toFixed(2)}. Answers differ from plain TensorFlow's by at most ${Math.max(...Object.values(differences)).toExponential(1)}.`,
    table(['load', 'server', 'requests/s', 'p50, ms', 'p99, ms', "server's CPU, ms/request", "client's CPU, cores"], rows),
    'Quartet / peer, medians of the rounds\' own ratios: above 1 is better for requests/s, below 1 for the others.',
    table(['load', 'ratio', 'requests/s', 'p50', 'p99', "server's CPU"], ratios),
    table(['server', 'memory (RSS), MiB', 'of which', 'start to first correct answer, s'], names.map((name) => costRow(name, memory[name], starts[name]))),
    table(['ratio', 'memory', 'start'], OWN.flatMap((own) => PEERS.map((peer) => [`${TITLES[own]} / ${TITLES[peer]}`, fixed(rssOf(memory[own]) / rssOf(memory[peer])), fixed(median(starts[own]) / median(starts[peer]))]))),
  ].join('\n\n');
}

const FIGURES = [(each) => each.requests / each.seconds, (each) => each.p50_ms, (each) => each.p99_ms, (each) => each.serverCpuMs];

function loadRow(load, measured, server) {
  const middle = (figureOf) => median(measured.map(figureOf));
  const [throughput, ...rest] = FIGURES.map(middle);
  return [load, TITLES[server], throughput.toFixed(0), ...rest.map(fixed), fixed(middle((each) => each.client_cpu))];
}

const ratioRow = (load, pairs, own, peer) => [load, `${TITLES[own]} / ${TITLES[peer]}`, ...FIGURES.map((figureOf) => fixed(median(pairs.map(([a, b]) => figureOf(a) / figureOf(b)))))];

function costRow(name, processes, seconds) {
  const parts = processes.length > 1 ? processes.map((each) => `${each.process} ${each.rssMib.toFixed(0)}`).join(', ') : '';
  return [TITLES[name], rssOf(processes).toFixed(0), parts, `${fixed(median(seconds))} (${seconds.map(fixed).join(', ')})`];
}

const rssOf = (processes) => processes.reduce((sum, { rssMib }) => sum + rssMib, 0);
const fixed = (value) => value.toFixed(2);

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
