import { Link } from 'wouter';
import { api } from '../api/clients';
import { curvesOf, groupsOf, type Curve } from '../api/curves';
import { flatten } from '../api/flatten';
import { useJobEvents } from '../api/use-job-events';
import { useLive } from '../api/use-live';
import type { Version } from '../generated/quartet/model/v1/model_pb';
import type { Job } from '../generated/quartet/training/v1/training_pb';
import { Chart } from '../parts/chart';
import { FailureNote } from '../parts/failure';
import { duration, moment, msOf, short } from '../parts/format';
import { addressOf } from '../parts/lineage';
import { MetricComparison } from '../parts/metric-comparison';
import { Page, Section } from '../parts/page';
import { StateBadge } from '../parts/state-badge';
import { DataTable } from '../parts/table';

/** Where two requests differ, by the path of each field. */
function differences(first: Job, second: Job): { path: string; values: [string, string] }[] {
  const [a, b] = [flatten(first.specJson), flatten(second.specJson)];
  return [...new Set([...a.keys(), ...b.keys()])]
    .sort()
    .filter((path) => path !== 'idempotencyKey' && a.get(path) !== b.get(path))
    .map((path) => ({ path, values: [a.get(path) ?? 'default', b.get(path) ?? 'default'] }));
}

interface Run {
  job: Job;
  /** What came of it; undefined: nothing yet, or it is gone. */
  version: Version | undefined;
}

async function runOf(id: string, signal: AbortSignal): Promise<Run> {
  const job = await api.training.getJob({ id }, { signal });
  const version = job.version > 0n ? await api.models.getVersion({ model: { name: job.model, target: { case: 'version', value: job.version } } }, { signal }).catch(() => undefined) : undefined;
  return { job, version };
}

function Heading({ job, letter }: { job: Job; letter: string }) {
  const { model, state, id, version, dataset, startedAt, endedAt, progress } = job;
  return (
    <Section title={`${letter}: ${model}`} actions={<StateBadge state={state} />}>
      <dl className="facts">
        <dt>Training</dt>
        <dd>
          <Link href={`/training/${id}`}>{moment(job.createdAt)}</Link>
        </dd>
        <dt>Data set</dt>
        <dd>{dataset}</dd>
        <dt>Took</dt>
        <dd>{duration(startedAt ? (msOf(endedAt) ?? Date.now()) - (msOf(startedAt) ?? 0) : undefined)}</dd>
        <dt>Examples a second</dt>
        <dd>{short(progress?.examplesPerSecond)}</dd>
        <dt>Version</dt>
        <dd>{version > 0n ? <Link href={addressOf(model, version)}>{`${model} ${version}`}</Link> : 'none yet'}</dd>
      </dl>
    </Section>
  );
}

/** The last value of each curve that isn't of a layer or a single step, and what the version was measured by in the end. */
function finalsOf(curves: Map<string, Curve>, version: Version | undefined): Record<string, number> {
  const last = [...curves].filter(([name]) => !name.includes('/') || name.startsWith('validation/')).map(([name, { y }]) => [name, y.at(-1) ?? NaN] as const);
  // What a version was measured by on a part is of the weights that were kept: not those of the last step.
  return { ...Object.fromEntries(last), ...version?.metrics };
}

/** Two trainings side by side: where their requests differ, their curves, and what came of them. */
export function Compare({ first, second }: { first: string; second: string }) {
  const { data, failure } = useLive((signal) => Promise.all([first, second].map((id) => runOf(id, signal))), [first, second], 5000);
  const [a, b] = data ?? [];
  const events = [useJobEvents(first), useJobEvents(second)];
  const curves = events.map(({ events: of }) => curvesOf(of));
  const merged = new Map<string, Curve>(curves.flatMap((of) => [...of].filter(([name]) => !name.startsWith('step/'))));
  const groups = groupsOf(merged).filter(({ title }) => !title.includes(', by'));
  return (
    <Page title="Two trainings compared">
      <FailureNote failure={failure} />
      {a && b && (
        <>
          <div className="halves">
            <Heading job={a.job} letter="A" />
            <Heading job={b.job} letter="B" />
          </div>
          <Section title="Where the requests differ">
            <DataTable
              label="Differences"
              columns={[{ title: 'Field' }, { title: 'A' }, { title: 'B' }]}
              rows={differences(a.job, b.job).map(({ path, values }) => ({ key: path, cells: [<code key="path">{path}</code>, ...values] }))}
              empty="They are the same."
            />
          </Section>
          <Section title="Final metrics">
            <MetricComparison label="Final metrics" first={{ title: 'A', metrics: finalsOf(curves[0]!, a.version) }} second={{ title: 'B', metrics: finalsOf(curves[1]!, b.version) }} empty="Nothing was recorded yet." />
          </Section>
        </>
      )}
      <Section title="Curves">
        <div className="halves">
          {groups.map(({ title, curves: members, logarithmic }) => (
            <Chart
              key={title}
              title={title}
              xLabel="step"
              logarithmic={logarithmic}
              lines={members.flatMap(({ name }) => curves.flatMap((of, run) => (of.has(name) ? [{ ...of.get(name)!, name: `${'AB'[run]} ${name}`, colour: run, dashed: name.startsWith('validation/') }] : [])))}
            />
          ))}
        </div>
      </Section>
    </Page>
  );
}
