import { Alert, Button, Progress } from '@mantine/core';
import { Link } from 'wouter';
import { api } from '../api/clients';
import { curvesOf, groupsOf } from '../api/curves';
import { familyOf, isOver } from '../api/names';
import { useAction, useLive } from '../api/use-live';
import { useJobEvents } from '../api/use-job-events';
import { JobState, type Job, type TrainingEvent } from '../generated/quartet/training/v1/training_pb';
import { Chart } from '../parts/chart';
import { FailureNote } from '../parts/failure';
import { duration, moment, msOf, short } from '../parts/format';
import { Page, Section } from '../parts/page';
import { StateBadge } from '../parts/state-badge';
import { DataTable } from '../parts/table';
import { TimeGradients } from '../parts/time-gradients';

const LOOK_MS = 2000;
const MOST_LINES = 200;

/** What goes wrong in a training, why one thinks so, and what is to be done. */
function Diagnostics({ events }: { events: readonly TrainingEvent[] }) {
  const found = events.flatMap(({ event }) => (event.case === 'diagnostic' ? [event.value] : []));
  if (found.length === 0) return <p className="quiet">Nothing was found to go wrong.</p>;
  return (
    <>
      {found.map(({ verdict, evidence, remedy, applied }, at) => (
        <Alert key={at} color="orange" variant="light" mb="sm" title={verdict.replaceAll('_', ' ')}>
          <dl className="facts">
            <dt>Evidence</dt>
            <dd>{evidence}</dd>
            <dt>{applied ? 'Done about it' : 'Remedy'}</dt>
            <dd>{remedy}</dd>
          </dl>
        </Alert>
      ))}
    </>
  );
}

function Log({ events }: { events: readonly TrainingEvent[] }) {
  const lines = events.flatMap(({ event, time }) => (event.case === 'log' ? [`${new Date(msOf(time) ?? 0).toLocaleTimeString('en-GB')} ${event.value.level.padEnd(5)} ${event.value.message}`] : []));
  if (lines.length === 0) return <p className="quiet">No lines.</p>;
  return (
    <pre className="code" tabIndex={0} aria-label="Log">
      {lines.slice(-MOST_LINES).join('\n')}
    </pre>
  );
}

function Epochs({ events }: { events: readonly TrainingEvent[] }) {
  const epochs = events.flatMap(({ event }) => (event.case === 'epochEnd' ? [event.value] : []));
  const names = [...new Set(epochs.flatMap(({ metrics }) => Object.keys(metrics)))].filter((name) => !name.includes('gradientNorm') && !name.includes('updateRatio')).slice(0, 6);
  return (
    <DataTable
      label="Epochs"
      columns={[{ title: 'Epoch', numeric: true }, ...names.map((title) => ({ title, numeric: true })), { title: 'Time', numeric: true }, { title: 'Best' }]}
      rows={epochs.map(({ epoch, metrics, seconds, best }, at) => ({ key: `${at}`, cells: [epoch, ...names.map((name) => short(metrics[name])), duration(1000 * seconds), best ? 'best so far' : ''] }))}
      empty="No epoch has ended yet."
    />
  );
}

function Facts({ job }: { job: Job }) {
  const { progress } = job;
  return (
    <dl className="facts">
      <dt>Family</dt>
      <dd>{familyOf(job.family)?.title}</dd>
      <dt>Data set</dt>
      <dd>{job.dataset}</dd>
      <dt>Asked for</dt>
      <dd>{moment(job.createdAt)}</dd>
      <dt>Took</dt>
      <dd>{duration(job.startedAt ? (msOf(job.endedAt) ?? Date.now()) - (msOf(job.startedAt) ?? 0) : undefined)}</dd>
      <dt>Attempts</dt>
      <dd>{job.attempt}</dd>
      <dt>Epoch</dt>
      <dd>{progress ? `${progress.epoch} of ${progress.totalEpochs}` : '–'}</dd>
      <dt>Examples a second</dt>
      <dd>{short(progress?.examplesPerSecond)}</dd>
      {job.version > 0n && (
        <>
          <dt>Version</dt>
          <dd>
            <Link href={`/models/${encodeURIComponent(job.model)}`}>
              {job.model} {String(job.version)}
            </Link>
          </dd>
        </>
      )}
    </dl>
  );
}

const pretty = (json: string): string => {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
};

/** One training, watched as it learns. */
export function JobPage({ id }: { id: string }) {
  const { events, ended, failure: lost } = useJobEvents(id);
  const { data: job, failure, reload } = useLive((signal) => api.training.getJob({ id }, { signal }), [id, ended], ended ? 0 : LOOK_MS);
  const cancel = useAction(async () => {
    await api.training.cancelJob({ id });
    reload();
  });
  const resume = useAction(async () => {
    await api.training.resumeJob({ id });
    // The events of what goes on are told by a new stream.
    location.reload();
  });
  const groups = groupsOf(curvesOf(events));
  const { step = 0n, totalSteps = 0n } = job?.progress ?? {};
  const done = job && isOver(job.state) && job.state === JobState.SUCCEEDED ? 100 : totalSteps > 0n ? Number((100n * step) / totalSteps) : 0;
  return (
    <Page
      title={job ? `Training of ${job.model}` : 'Training'}
      actions={
        job && (
          <>
            <StateBadge state={job.state} />
            {!isOver(job.state) && (
              <Button color="red.9" size="xs" loading={cancel.busy} disabled={job.cancelRequested} onClick={() => void cancel.run()}>
                {job.cancelRequested ? 'Ending ...' : 'Cancel'}
              </Button>
            )}
            {(job.state === JobState.FAILED || job.state === JobState.CANCELLED) && (
              <Button size="xs" loading={resume.busy} onClick={() => void resume.run()}>
                Resume
              </Button>
            )}
          </>
        )
      }
    >
      <FailureNote failure={failure ?? lost ?? cancel.failure ?? resume.failure} />
      {job?.error && (
        <Alert color="red" variant="light" mb="md" title="Why it failed">
          {job.error}
        </Alert>
      )}
      {job && (
        <>
          <p className="quiet" aria-live="polite">{`Step ${step} of ${totalSteps}`}</p>
          <Progress value={done} mb="md" aria-label={`${done} percent done`} />
          <div className="halves">
            <Section title="Facts">
              <Facts job={job} />
            </Section>
            <Section title="Diagnostics">
              <Diagnostics events={events} />
            </Section>
          </div>
        </>
      )}
      <Section title="Curves">
        {groups.length === 0 && <p className="quiet">{ended ? 'Nothing was recorded.' : 'The first numbers come with the first steps.'}</p>}
        <div className="halves">
          {groups.map(({ title, prefix, curves, logarithmic }) => (
            <Chart key={title} title={title} xLabel="step" logarithmic={logarithmic} lines={curves.map(({ name, x, y }) => ({ name: name.slice(prefix.length), x, y, dashed: name.startsWith('validation/') }))} />
          ))}
          <TimeGradients events={events} />
        </div>
      </Section>
      <Section title="Epochs">
        <Epochs events={events} />
      </Section>
      <div className="halves">
        <Section title="Log">
          <Log events={events} />
        </Section>
        <Section title="What was asked for">
          <pre className="code" tabIndex={0} aria-label="The training's request">
            {job ? pretty(job.specJson) : ''}
          </pre>
        </Section>
      </div>
    </Page>
  );
}
