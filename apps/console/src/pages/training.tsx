import { Button, Checkbox, NativeSelect, Progress } from '@mantine/core';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { api } from '../api/clients';
import { FAMILIES, familyOf } from '../api/names';
import { useLive } from '../api/use-live';
import { Family } from '../generated/quartet/common/v1/model_ref_pb';
import { JobState, type Job } from '../generated/quartet/training/v1/training_pb';
import { FailureNote } from '../parts/failure';
import { moment, short } from '../parts/format';
import { StateBadge } from '../parts/state-badge';
import { Page, Section } from '../parts/page';
import { DataTable } from '../parts/table';

const LOOK_MS = 2000;

const shareDone = ({ progress, state }: Job): number => (state === JobState.SUCCEEDED ? 100 : progress && progress.totalSteps > 0n ? Number((100n * progress.step) / progress.totalSteps) : 0);

/** All trainings, newest first; two of them can be compared. */
export function Training() {
  const [, go] = useLocation();
  const [family, setFamily] = useState(Family.UNSPECIFIED);
  const [chosen, setChosen] = useState<string[]>([]);
  const { data, failure, loading } = useLive((signal) => api.training.listJobs({ family, pageSize: 100 }, { signal }).then(({ jobs }) => jobs), [family], LOOK_MS);
  const choose = (id: string, on: boolean) => setChosen((before) => (on ? [...before, id].slice(-2) : before.filter((other) => other !== id)));
  const rows = (data ?? []).map((job) => ({
    key: job.id,
    cells: [
      <Checkbox key="choose" aria-label={`Compare ${job.model}, started ${moment(job.createdAt)}`} checked={chosen.includes(job.id)} onChange={(event) => choose(job.id, event.currentTarget.checked)} />,
      <Link key="job" href={`/training/${job.id}`}>{job.model}</Link>,
      familyOf(job.family)?.title ?? '–',
      job.dataset,
      <StateBadge key="state" state={job.state} />,
      <Progress key="progress" value={shareDone(job)} w={90} aria-label={`${shareDone(job)} percent done`} />,
      short(job.progress?.metrics['loss']),
      job.version > 0n ? <Link key="version" href={`/models/${encodeURIComponent(job.model)}`}>{String(job.version)}</Link> : '–',
      moment(job.createdAt),
    ],
  }));
  return (
    <Page
      title="Training"
      actions={FAMILIES.map(({ path, title }) => (
        <Button key={path} component={Link} href={`/training/new/${path}`} variant="default" size="xs">
          Train {title}
        </Button>
      ))}
    >
      <FailureNote failure={failure} />
      <Section
        title="Jobs"
        actions={
          <>
            <NativeSelect aria-label="Family" size="xs" value={String(family)} onChange={(event) => setFamily(Number(event.currentTarget.value))} data={[{ value: '0', label: 'All families' }, ...FAMILIES.map(({ family: of, title }) => ({ value: String(of), label: title }))]} />
            <Button size="xs" disabled={chosen.length !== 2} onClick={() => go(`/training/compare/${chosen.join('/')}`)}>
              Compare two
            </Button>
          </>
        }
      >
        <DataTable
          label="Jobs"
          columns={[{ title: 'Compare' }, { title: 'Model' }, { title: 'Family' }, { title: 'Data set' }, { title: 'State' }, { title: 'Progress' }, { title: 'Loss', numeric: true }, { title: 'Version', numeric: true }, { title: 'Asked for' }]}
          rows={rows}
          empty={loading ? 'Loading ...' : failure ? 'Nothing to show.' : 'No trainings yet. Start one by a button above.'}
        />
      </Section>
    </Page>
  );
}
