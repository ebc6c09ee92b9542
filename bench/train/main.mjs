// Quartet against eager tfjs, Keras and PyTorch: `npm run bench:train`. Prints the tables and writes them into docs/benchmarks.md.
import { rmSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runQuietly } from '../../tools/setup/command.mjs';
import { inRoot } from '../../tools/setup/paths.mjs';
import { createReport, SetupError } from '../../tools/setup/report.mjs';
import { compare } from './compare.mjs';
import { contenderNames } from './contenders.mjs';
import { describeMachine } from './machine.mjs';
import { modelNamed, modelNames } from './models.mjs';
import { createProgress } from './progress.mjs';
import { setUpPeers } from './python.mjs';
import { reportOf } from './report.mjs';

const USAGE = `npm run bench:train -- [options]
  --models a,b      of ${modelNames.join(', ')}; default: all
  --contenders a,b  of ${contenderNames.join(', ')}; default: all
  --rounds n        in which the contenders take turns; default 6
  --quick           one short round, to see that everything works; the times mean little
  --output file     Markdown to write the tables into; default docs/benchmarks.md, with --quick or a choice: none
  --json file       also writes every round's numbers, model by model
`;
const { values } = parseArgs({
  options: {
    models: { type: 'string' },
    contenders: { type: 'string' },
    rounds: { type: 'string', default: '6' },
    quick: { type: 'boolean', default: false },
    output: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const PAGE = inRoot('docs', 'benchmarks.md');
const QUIET_LOAD = 0.5;
/** The tables stand between these lines of the page. */
const [BEGIN, END] = ['<!-- bench:train -->', '<!-- end of bench:train -->'];

async function main() {
  if (values.help) return process.stdout.write(USAGE);
  const models = chosen(values.models, modelNames, 'models').map(modelNamed);
  const names = chosen(values.contenders, contenderNames, 'contenders');
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new SetupError(`received --rounds ${values.rounds}, expected a whole number of at least 1`);
  const plan = values.quick ? { rounds: 1, roundMs: 200, inferMs: 50, curveSteps: 4, least: 1 } : { rounds, roundMs: 1500, inferMs: 400, curveSteps: 20, least: 3 };

  const load = loadavg()[0];
  if (load > QUIET_LOAD) process.stderr.write(`The machine isn't quiet (load ${load.toFixed(1)}): times and ratios will be off.\n`);
  const python = await setUpPeers(createReport());
  const folder = await mkdtemp(join(tmpdir(), 'quartet-bench-'));
  for (const signal of ['SIGINT', 'SIGTERM']) {
    // The contenders end by themselves, as their input does.
    process.once(signal, () => {
      rmSync(folder, { recursive: true, force: true });
      process.exit(1);
    });
  }
  const progress = createProgress();
  try {
    await runQuietly(python, [inRoot('bench', 'train', 'contenders', 'prepare.py'), folder, ...models.map(({ name }) => name)]);
    const [results, failures] = [[], []];
    for (const [index, model] of models.entries()) {
      const say = (what) => progress.show(`[${index + 1}/${models.length}] ${model.name}: ${what}`);
      const comparing = compare(model, { file: join(folder, `${model.name}.safetensors`), python, names, plan, say });
      // The other models' numbers stand for themselves.
      await comparing.then((result) => results.push(result), (error) => failures.push(error));
      if (values.json) await writeFile(values.json, `${JSON.stringify({ plan, results }, null, 1)}\n`);
    }
    progress.end();
    if (results.length > 0) await publish(results, { names, plan, load, complete: failures.length === 0 });
    if (failures.length > 0) throw new Error(failures.map(({ message }) => message).join('\n\n'));
  } finally {
    progress.end();
    await rm(folder, { recursive: true, force: true });
  }
}

function chosen(list, all, what) {
  const picked = list === undefined ? all : list.split(',');
  const unknown = picked.filter((name) => !all.includes(name));
  if (unknown.length > 0) throw new SetupError(`received --${what} ${unknown.join(',')}, expected some of ${all.join(', ')}`);
  return all.filter((name) => picked.includes(name));
}

async function publish(results, { names, plan, load, complete }) {
  const command = ['npm run bench:train', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' ');
  const tables = reportOf(results, { names, plan, load, command, machine: describeMachine(), date: new Date().toISOString().slice(0, 10) });
  process.stdout.write(`${tables}\n`);
  const partial = !complete || values.quick || values.models !== undefined || values.contenders !== undefined;
  const page = values.output ?? (partial ? undefined : PAGE);
  if (page) await writeFile(page, between(await readFile(page, 'utf8').catch(() => `${BEGIN}\n${END}\n`), tables));
}

function between(page, tables) {
  const [start, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (start < 0 || end < start) throw new Error(`the page has no lines ${BEGIN} and ${END} to write the tables between`);
  return `${page.slice(0, start + BEGIN.length)}\n\n${tables}\n\n${page.slice(end)}`;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`\n${error instanceof SetupError ? `${error.message}${error.remedy ? `\nTo mend it: ${error.remedy}` : ''}` : error.message}\n`);
  process.exitCode = 1;
}
