import { watchJob, type QuartetClient } from '@quartet/client';
import type { Job} from '@quartet/contracts';
import { JobState, jobStateToJSON, TrainingEvent, type Diagnostic, type TrainingProgress } from '@quartet/contracts';
import type { Context } from '../context';
import { count, duration, enumName, metric, startProgress, writeJsonLine, type Output, type Progress } from '../output';
import { TrainingHistory } from './history';

export const stateName = (state: JobState): string => enumName(jobStateToJSON(state), 'JOB_STATE_');

/** `loss 0.0421  accuracy 98.71 %`, in this order, then whatever else there is. */
function metricsLine(metrics: Record<string, number>): string {
  const rank = (name: string) => ['loss', 'accuracy', 'validation/loss', 'validation/accuracy', 'distance', 'loss/discriminator', 'loss/generator'].indexOf(name) >>> 0;
  const names = Object.keys(metrics).sort((a, b) => rank(a) - rank(b));
  return names.slice(0, 4).map((name) => `${name.replace('validation/', 'val ')} ${metric(name, metrics[name])}`).join('  ');
}

function note({ epoch, totalEpochs, metrics, examplesPerSecond, step, totalSteps }: TrainingProgress, began: number): string {
  const speed = examplesPerSecond > 0 ? `${count(Math.round(examplesPerSecond))}/s` : '';
  const share = Number(step) / Math.max(1, Number(totalSteps));
  const left = share > 0.02 && share < 1 ? `${duration(((Date.now() - began) * (1 - share)) / share)} left` : '';
  const live = Object.fromEntries(Object.entries(metrics).filter(([name]) => name === 'accuracy' || /^loss\b/.test(name)));
  return [`epoch ${epoch}/${totalEpochs}`, metricsLine(live), speed, left].filter(Boolean).join('  ');
}

function diagnosticLines(out: Output, { verdict, evidence, remedy, applied }: Diagnostic): string {
  return `${out.paint(['yellow', 'bold'], `${verdict.replaceAll('_', ' ')}:`)} ${evidence}. ${applied ? 'Done about it' : 'What to do'}: ${remedy}`;
}

/** Shows an event as it comes. */
function show(out: Output, progress: Progress, history: TrainingHistory, { event, attempt }: TrainingEvent, began: number): void {
  switch (event?.$case) {
    case 'progress':
      return progress.update(Number(event.value.step), Number(event.value.totalSteps), note(event.value, began));
    case 'epochEnd': {
      const best = event.value.best ? out.paint('green', '  best so far') : '';
      return progress.log(`epoch ${event.value.epoch}  ${metricsLine(event.value.metrics)}  ${duration(event.value.seconds * 1000)}${best}`);
    }
    case 'diagnostic':
      return progress.log(diagnosticLines(out, event.value));
    case 'log':
      return event.value.level === 'info' ? undefined : progress.log(`${out.paint('yellow', `${event.value.level}:`)} ${event.value.message}`);
    case 'state':
      if (!history.latest && event.value === JobState.JOB_STATE_QUEUED) progress.update(0, 1, 'waits for a training process');
      else if (!history.latest && event.value === JobState.JOB_STATE_RUNNING) progress.update(0, 1, 'starts');
      else if (event.value === JobState.JOB_STATE_RUNNING && attempt > 1) progress.log(`goes on from its last checkpoint (attempt ${attempt})`);
      else if (event.value === JobState.JOB_STATE_QUEUED && history.latest) progress.log('back in the queue');
      return;
  }
}

/**
 * Follows a job to its end, on a terminal with a bar and a live loss and accuracy, otherwise in plain lines or JSON
 * lines. Ctrl-C (the signal) ends the watch, not the job.
 */
export async function watchToEnd({ client, out, json, err }: Pick<Context, 'client' | 'out' | 'err' | 'json'>, id: string, signal?: AbortSignal): Promise<{ job: Job; history: TrainingHistory }> {
  const history = new TrainingHistory();
  const progress = json ? undefined : startProgress(out, 'train');
  let lost = false;
  const onReconnect = () => {
    if (!lost) (progress ?? { log: (text: string) => err.line(text) }).log('the platform is away; waiting for it to come back');
    lost = true;
  };
  // The rate of what is left counts from the first progress seen, so that watching an old job doesn't distort it.
  let began = Date.now();
  try {
    for await (const event of watchJob(client, id, { signal, onReconnect })) {
      lost = false;
      if (event.event?.$case === 'state' && event.event.value === JobState.JOB_STATE_RUNNING) began = event.time?.getTime() ?? began;
      history.add(event);
      if (json) writeJsonLine(out, TrainingEvent.toJSON(event));
      else if (progress) show(out, progress, history, event, began);
    }
  } finally {
    progress?.stop();
  }
  return { job: await client.training.getJob({ id }), history };
}

/** All events of a job so far, without following it. */
export async function historyOf(client: QuartetClient, id: string): Promise<TrainingHistory> {
  const history = new TrainingHistory();
  const job = await client.training.getJob({ id });
  const live = job.state === JobState.JOB_STATE_QUEUED || job.state === JobState.JOB_STATE_RUNNING;
  if (live) return history;
  for await (const event of client.training.watchJob({ id })) history.add(event);
  return history;
}
