import { join } from 'node:path';
import { connect, type Input, type QuartetClient } from '@quartet/client';
import { JobState, Schedule, type Dataset, type ImportDatasetRequest, type Job } from '@quartet/contracts';
import { describeDataset } from '../commands/data';
import { AdviceError, bytes, count, percent, startProgress, writeTable, type Output } from '../output';
import { writePng } from '../plot/render-png';
import { confusionMatrixSpec, learningCurveSpec } from '../plot/specs';
import { confusionTable, curves } from '../plot/terminal';
import type { TrainingHistory } from '../training/history';
import { watchToEnd } from '../training/watch-view';
import { classifyTestPart, confusionOf, type Classified } from './classify-test-part';
import type { MemoryWatch } from './memory-watch';
import { showDigits } from './show-digits';
import { uploadFirstRows } from './small-data';

export interface DemoRun {
  out: Output;
  err: Output;
  home: string;
  address: string;
  small: boolean;
  signal: AbortSignal;
  memory: MemoryWatch;
}

const MODEL = 'digits';
/** What is promised of a full run, and what a training on a few thousand images reaches with ease. */
const LEAST_ACCURACY = { full: 0.988, small: 0.85 };
const MOST_MEMORY = 2 * 1024 ** 3;

export const heading = (out: Output, text: string): void => {
  out.line();
  out.line(out.paint(['bold', 'cyan'], text));
};

/** Imports a built-in data set, with its progress. */
export async function importBuiltin({ out, signal }: DemoRun, client: QuartetClient, request: Input<ImportDatasetRequest>): Promise<Dataset> {
  const progress = startProgress(out, 'import');
  let dataset: Dataset | undefined;
  try {
    for await (const { message } of client.datasets.importDataset(request, { signal })) {
      if (message?.$case === 'dataset') dataset = message.value;
      if (message?.$case !== 'progress') continue;
      const { stage, done, total, unit } = message.value;
      progress.update(Number(done), Number(total), `${stage} ${unit === 'bytes' ? bytes(Number(done)) : `${count(done)} of ${count(total)} ${unit}`}`);
    }
  } finally {
    progress.stop();
  }
  if (!dataset) throw new Error('the import ended without a data set');
  return dataset;
}

export async function importDigits(run: DemoRun, client: QuartetClient): Promise<Dataset> {
  const { out, signal } = run;
  heading(out, 'Loading MNIST through the gateway');
  const whole = await importBuiltin(run, client, { name: 'mnist', uri: 'builtin:mnist', options: { validationShare: 5000 / 60_000 } });
  const dataset = run.small ? await uploadFirstRows(client, 'mnist', 'mnist-small', { train: 4000, test: 1000 }, signal) : whole;
  describeDataset(out, dataset);
  return dataset;
}

async function train(run: DemoRun, client: QuartetClient, dataset: string): Promise<{ version: bigint; history: TrainingHistory }> {
  const { out, signal, small } = run;
  heading(out, 'Training a convolutional network');
  const options = { epochs: small ? 1 : 3, batchSize: small ? 32 : 128, learningRate: 0.002, schedule: Schedule.SCHEDULE_WARMUP_COSINE, seed: 7 };
  const queued = await client.cnn.train({ model: MODEL, dataset, options }, { signal });
  return promoteTrained(run, client, queued);
}

/** Follows a training to its end and puts its version in production. */
export async function promoteTrained({ out, err, signal }: DemoRun, client: QuartetClient, queued: Job): Promise<{ version: bigint; history: TrainingHistory }> {
  const { job, history } = await watchToEnd({ client, out, err, json: false }, queued.id, signal);
  if (job.state !== JobState.JOB_STATE_SUCCEEDED) throw new Error(`the training did not succeed: ${job.error || JobState[job.state]}`);
  for (const line of out.live ? ['', ...curves(out, history)] : []) out.line(line);
  await client.models.promoteVersion({ model: job.model, version: job.version }, { signal });
  out.line(`${out.paint('green', '✓')} ${job.model} version ${job.version} is in production`);
  return { version: job.version, history };
}

async function classify(run: DemoRun, client: QuartetClient, dataset: string): Promise<Classified> {
  const { out, signal } = run;
  heading(out, 'Classifying the test images over gRPC');
  const progress = startProgress(out, 'classify');
  try {
    return await classifyTestPart(client, dataset, MODEL, { signal, onProgress: (done, total, ms) => progress.update(done, total, `${count(done)} of ${count(total)} images  ${count(Math.round((done / ms) * 1000))}/s`) });
  } finally {
    progress.stop();
  }
}

export function showMemory(out: Output, memory: MemoryWatch): void {
  const peaks = [...memory.peaks()].filter(([, peak]) => peak > 0);
  if (peaks.length === 0) return;
  heading(out, 'Peak memory of each process');
  writeTable(out, [{ title: 'PROCESS' }, { title: 'PEAK', align: 'right' }], peaks.map(([name, peak]) => [name, bytes(peak)]));
  const over = peaks.filter(([, peak]) => peak >= MOST_MEMORY).map(([name]) => name);
  if (over.length > 0) throw new AdviceError(`${over.join(', ')} took ${bytes(MOST_MEMORY)} of memory or more`, 'each process is meant to stay below it');
}

/** The story itself, on a platform that is up: data, training, promotion, predictions, pictures. */
export async function runDemo(run: DemoRun): Promise<void> {
  const { out, home } = run;
  const client = connect({ address: run.address });
  try {
    const dataset = await importDigits(run, client);
    const { history } = await train(run, client, dataset.name);
    const classified = await classify(run, client, dataset.name);

    const names = dataset.schema?.classNames ?? [];
    const matrix = confusionOf(classified.predictions, names.length);
    const right = matrix.reduce((sum, row, index) => sum + (row[index] ?? 0), 0);
    const total = classified.predictions.length;
    const accuracy = right / total;
    heading(out, 'Result');
    out.line(`accuracy    ${out.paint('bold', percent(accuracy))} (${count(right)} of ${count(total)} test images)`);
    out.line(`throughput  ${out.paint('bold', `${count(Math.round((total / classified.ms) * 1000))} images/s`)} through the gateway`);
    out.line();
    for (const line of confusionTable(out, names, matrix)) out.line(line);
    out.line();
    showDigits(out, classified);
    await writePng(learningCurveSpec(history), join(home, 'learning-curve.png'));
    await writePng(confusionMatrixSpec(names, matrix, 'test'), join(home, 'confusion-matrix.png'));
    out.line();
    out.line(`pictures    ${join(home, 'learning-curve.png')}`);
    out.line(`            ${join(home, 'confusion-matrix.png')}`);
    showMemory(out, run.memory);

    const least = run.small ? LEAST_ACCURACY.small : LEAST_ACCURACY.full;
    if (!(accuracy >= least)) throw new AdviceError(`the accuracy on the test images is ${percent(accuracy)}, below the ${percent(least)} that is expected`, 'the training log is in the logs folder of the demo');
  } finally {
    client.close();
  }
}

