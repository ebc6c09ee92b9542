import type { Job, Version } from '@quartet/contracts';
import type { Context } from '../context';
import { AdviceError, count, metric } from '../output';
import { writePng } from '../plot/render-png';
import { reportSpec } from '../plot/specs';
import { confusionTable, curves } from '../plot/terminal';
import { evaluationOf } from './evaluation';
import type { TrainingHistory } from './history';
import { stateName } from './watch-view';

/** Metrics of a version, one `name value` each, in a fixed order. */
export function metricLines(version: Version): string[] {
  const names = Object.keys(version.metrics).sort();
  const width = Math.max(0, ...names.map(({ length }) => length));
  return names.map((name) => `  ${name.padEnd(width)}  ${metric(name, version.metrics[name])}`);
}

/** The picture of a training as PNG. */
export async function plotReport(file: string, history: TrainingHistory, version: Version): Promise<void> {
  await writePng(reportSpec(history, evaluationOf(version)), file);
}

/** What a person wants to see when a training has succeeded. @throws AdviceError if it failed or was cancelled. */
export async function reportJob({ client, out, json }: Context, job: Job, history: TrainingHistory, plotFile?: string): Promise<void> {
  if (job.version === 0n) {
    const why = job.error ? `: ${job.error}` : '';
    throw new AdviceError(`training ${job.id} of ${job.model} ${stateName(job.state)}${why}`, `\`quartet resume ${job.id}\` goes on from its last checkpoint`);
  }
  const version = await client.models.getVersion({ model: { name: job.model, target: { $case: 'version', value: job.version } } });
  if (plotFile) await plotReport(plotFile, history, version);
  if (json) return;
  if (out.live) for (const line of ['', ...curves(out, history)]) out.line(line);
  const evaluation = evaluationOf(version);
  if (evaluation && evaluation.classNames.length <= 20) {
    out.line();
    out.line(out.paint('bold', `confusion matrix on the ${evaluation.part} part`));
    for (const line of confusionTable(out, evaluation.classNames, evaluation.confusionMatrix)) out.line(line);
  }
  out.line();
  out.line(`${out.paint('green', '✓')} ${out.paint('bold', `${job.model} version ${job.version}`)}: ${count(version.parameterCount)} parameters, weights ${version.weightsSha256.slice(0, 16)}`);
  for (const line of metricLines(version)) out.line(line);
  if (plotFile) out.line(`curves and confusion matrix: ${plotFile}`);
}
