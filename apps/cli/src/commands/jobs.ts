import { Option, type Command } from 'commander';
import { pages } from '@quartet/client';
import { familyToJSON, Job, JobState, type ListJobsRequest } from '@quartet/contracts';
import type { Input } from '@quartet/client';
import { number } from '../arguments';
import { action, type Context } from '../context';
import { enumName, metric, time, writeDocument, writeJsonLine, writeTable } from '../output';
import { watching } from '../training/interrupt';
import { reportJob } from '../training/job-report';
import { stateName } from '../training/watch-view';

const STATES = { queued: JobState.JOB_STATE_QUEUED, running: JobState.JOB_STATE_RUNNING, succeeded: JobState.JOB_STATE_SUCCEEDED, failed: JobState.JOB_STATE_FAILED, cancelled: JobState.JOB_STATE_CANCELLED };

async function watch(context: Context, id: string, options: { plot?: string }): Promise<void> {
  const { job, history } = await watching(context, id);
  if (context.json) writeJsonLine(context.out, Job.toJSON(job));
  await reportJob(context, job, history, options.plot);
}

async function list({ client, out, json }: Context, options: { model?: string; state?: keyof typeof STATES; limit: number }): Promise<void> {
  const request: Input<ListJobsRequest> = { model: options.model, states: options.state ? [STATES[options.state]] : [], pageSize: Math.min(options.limit, 100) };
  const jobs: Job[] = [];
  for await (const job of pages(client.training.listJobs, request, (page) => page.jobs)) {
    jobs.push(job);
    if (jobs.length >= options.limit) break;
  }
  if (json) return writeDocument(out, jobs.map((job) => Job.toJSON(job)));
  if (jobs.length === 0) return out.line('No jobs.');
  const progress = ({ progress: p, state }: Job) => (p && p.totalSteps > 0n && state !== JobState.JOB_STATE_SUCCEEDED ? `${(100n * p.step) / p.totalSteps} %` : '');
  const columns = [{ title: 'JOB' }, { title: 'STATE' }, { title: 'FAMILY' }, { title: 'MODEL' }, { title: 'VERSION', align: 'right' as const }, { title: 'DATA' }, { title: 'DONE', align: 'right' as const }, { title: 'LOSS', align: 'right' as const }, { title: 'MADE' }];
  writeTable(out, columns, jobs.map((job) => [job.id, stateName(job.state), enumName(familyToJSON(job.family), 'FAMILY_'), job.model, job.version > 0n ? String(job.version) : '', job.dataset, progress(job), metric('loss', job.progress?.metrics['loss']), time(job.createdAt)]));
}

async function cancel({ client, out, json }: Context, id: string): Promise<void> {
  const job = await client.training.cancelJob({ id });
  if (json) writeDocument(out, Job.toJSON(job));
  else out.line(job.state === JobState.JOB_STATE_CANCELLED ? `Training ${id} is cancelled.` : `Training ${id} ends at its next step.`);
}

async function resume({ client, out, json }: Context, id: string): Promise<void> {
  const job = await client.training.resumeJob({ id });
  if (json) writeDocument(out, Job.toJSON(job));
  else out.line(`Training ${id} is queued again and goes on from its last checkpoint; \`quartet watch ${id}\` follows it.`);
}

export function addJobCommands(program: Command): void {
  program
    .command('jobs')
    .description('list trainings, newest first')
    .option('--model <name>', 'of this model only')
    .addOption(new Option('--state <state>', 'in this state only').choices(Object.keys(STATES)))
    .option('--limit <n>', 'at most so many', number(1, 100_000, true), 20)
    .action(action(list));
  program.command('watch').description('follow a training to its end').argument('<job>').option('--plot <file.png>', 'write curves and confusion matrix as a picture at the end').action(action(watch));
  program.command('cancel').description('end a training').argument('<job>').action(action(cancel));
  program.command('resume').description('take up a failed or cancelled training from its last checkpoint').argument('<job>').action(action(resume));
}
