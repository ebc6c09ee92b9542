// Builds KEDA and Kueue from their Go modules into the cache, each for the suite that runs it
// (docs/decisions/0148-real-operators.md). A module is built as the main one, in a copy: so the replace and exclude lines of its go.mod
// hold, and the sums that it was released with.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildPrograms, download, UNOPTIMIZED } from './programs.mjs';
import { fetchPrometheus } from './prometheus.mjs';
import { KEDA, KUEUE } from './versions.mjs';

/** What each suite runs beside the control plane, and with what of it left out. */
const PROGRAMS = {
  keda: [{ ...KEDA, commands: { keda: './cmd/operator', 'keda-adapter': './cmd/adapter' }, trim: withoutOtherTriggers }],
  kueue: [{ ...KUEUE, commands: { kueue: './cmd/kueue' } }],
};

export const needsOperators = (suite) => suite in PROGRAMS;

/** Builds what is missing of what a suite needs. @param report of tools/setup/report.mjs @param suite `keda` */
export async function buildOperators(report, suite) {
  // KEDA asks it for what it scales by.
  if (suite === 'keda') await fetchPrometheus(report);
  for (const { module, version, commands, trim = () => undefined } of PROGRAMS[suite] ?? []) {
    const prepare = async (folder) => {
      const { Dir } = await download(module, version);
      copyModule(Dir, folder);
      trim(folder);
    };
    await buildPrograms(report, { sources: commands, prepare, mod: 'readonly', compile: UNOPTIMIZED });
  }
}

/** Go's cache is read-only, and so are copies of its files. */
function copyModule(from, to) {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) copyModule(source, target);
    else if (!entry.name.endsWith('_test.go')) writeFileSync(target, readFileSync(source));
  }
}

/** The triggers of our ScaledObjects and ScaledJobs. */
const TRIGGERS = ['external', 'prometheus'];

/**
 * Leaves out of KEDA the clients of 70 other sources of metrics, which are half of what there is to compile: one file each, and a line each
 * where a trigger's type is looked up. All else of it is as it was released.
 */
function withoutOtherTriggers(folder) {
  const scalers = join(folder, 'pkg', 'scalers');
  const others = readdirSync(scalers).filter((file) => file.endsWith('_scaler.go') && !TRIGGERS.includes(file.replace('_scaler.go', '')));
  for (const file of others) rmSync(join(scalers, file));
  // The one thing that others declare for all.
  writeFileSync(join(scalers, 'external_metric_type.go'), 'package scalers\n\nconst externalMetricType = "External"\n');
  const kept = TRIGGERS.map((name) => readFileSync(join(scalers, `${name}_scaler.go`), 'utf8')).join();
  const lookUp = join(folder, 'pkg', 'scaling', 'scalers_builder.go');
  const cases = /^\tcase "[^\n]+:\n\t\treturn scalers\.(\w+)\(.*\)\n/gm;
  writeFileSync(lookUp, readFileSync(lookUp, 'utf8').replace(cases, (text, constructor) => (kept.includes(`func ${constructor}(`) ? text : '')));
}
