import { Link } from 'wouter';
import { api } from '../api/clients';
import { curvesOf, groupsOf, type Curve } from '../api/curves';
import { flatten } from '../api/flatten';
import { useJobEvents } from '../api/use-job-events';
import { useLive } from '../api/use-live';
import type { Job } from '../generated/quartet/training/v1/training_pb';
import { Chart } from '../parts/chart';
import { FailureNote } from '../parts/failure';
import { short } from '../parts/format';
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

const Heading = ({ job, letter }: { job: Job; letter: string }) => (
  <Section title={`${letter}: ${job.model}`}>
    <div className="row">
      <StateBadge state={job.state} />
      <Link href={`/training/${job.id}`}>Open the training</Link>
      {job.version > 0n && <span>version {String(job.version)}</span>}
    </div>
  </Section>
);

/** Two trainings side by side: where their requests differ, their curves, and what came of them. */
export function Compare({ first, second }: { first: string; second: string }) {
  const { data, failure } = useLive((signal) => Promise.all([first, second].map((id) => api.training.getJob({ id }, { signal }))), [first, second], 5000);
  const [a, b] = data ?? [];
  const events = [useJobEvents(first), useJobEvents(second)];
  const curves = events.map(({ events: of }) => curvesOf(of));
  const merged = new Map<string, Curve>(curves.flatMap((of) => [...of].filter(([name]) => !name.startsWith('step/'))));
  const groups = groupsOf(merged).filter(({ title }) => !title.includes(', by'));
  const finals = [...merged.keys()].filter((name) => !name.includes('/') || name.startsWith('validation/'));
  return (
    <Page title="Two trainings compared">
      <FailureNote failure={failure} />
      {a && b && (
        <>
          <div className="halves">
            <Heading job={a} letter="A" />
            <Heading job={b} letter="B" />
          </div>
          <Section title="Where the requests differ">
            <DataTable
              label="Differences"
              columns={[{ title: 'Field' }, { title: 'A' }, { title: 'B' }]}
              rows={differences(a, b).map(({ path, values }) => ({ key: path, cells: [<code key="path">{path}</code>, ...values] }))}
              empty="They are the same."
            />
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
      <Section title="Last values">
        <DataTable
          label="Last values"
          columns={[{ title: 'Metric' }, { title: 'A', numeric: true }, { title: 'B', numeric: true }]}
          rows={finals.map((name) => ({ key: name, cells: [name, ...curves.map((of) => short(of.get(name)?.y.at(-1)))] }))}
          empty="Nothing was recorded yet."
        />
      </Section>
    </Page>
  );
}
