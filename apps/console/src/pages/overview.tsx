import { Badge, Button } from '@mantine/core';
import { useRef } from 'react';
import { Link } from 'wouter';
import { api } from '../api/clients';
import { allModels } from '../api/lists';
import { FAMILIES, familyOf, STATE_NAMES } from '../api/names';
import { Rates, rateOf, type Rate } from '../api/rates';
import { useLive } from '../api/use-live';
import { HealthCheckResponse_ServingStatus as Status } from '../generated/grpc/health/v1/health_pb';
import { JobState } from '../generated/quartet/training/v1/training_pb';
import type { Model, Traffic } from '../generated/quartet/model/v1/model_pb';
import { FailureNote } from '../parts/failure';
import { duration, percent, short } from '../parts/format';
import { Labels } from '../parts/labels';
import { Page, Section } from '../parts/page';
import { Replicas } from '../parts/replicas';
import { DataTable } from '../parts/table';

const LOOK_MS = 3000;
const REGISTRY = 'quartet.model.v1.ModelService';

const check = (service: string, signal: AbortSignal): Promise<boolean> =>
  api.health.check({ service }, { signal }).then(
    ({ status }) => status === Status.SERVING,
    (error: unknown) => {
      if (error instanceof TypeError) throw error;
      return false;
    },
  );

interface Served {
  model: Model;
  version: bigint;
  labels: string[];
  share: number;
}

/** The versions that labels point at, with the part of the calls that each gets. */
function servedVersions(model: Model, traffic: Traffic | undefined): Served[] {
  const versions = [...new Set(model.labels.map(({ version }) => version))].sort((a, b) => Number(b - a));
  const production = model.labels.find(({ name }) => name === 'production')?.version;
  const canary = traffic?.canary;
  return versions.map((version) => {
    const share = version === canary?.version ? canary.weight / 100 : version === production ? 1 - (canary?.weight ?? 0) / 100 : 0;
    return { model, version, share, labels: model.labels.filter((label) => label.version === version).map(({ name }) => name) };
  });
}

async function look(signal: AbortSignal, rates: Rates) {
  const health = await Promise.all([...FAMILIES.map(({ service }) => service), REGISTRY].map((service) => check(service, signal)));
  const models = await allModels(signal);
  const [statistics, traffic, jobs] = await Promise.all([
    api.inference.modelStatistics({}, { signal }).then(({ modelStats }) => modelStats, () => []),
    Promise.all(models.map(({ name }) => api.models.getTraffic({ model: name }, { signal }).catch(() => undefined))),
    api.training.listJobs({ states: [JobState.RUNNING, JobState.QUEUED], pageSize: 20 }, { signal }).then(({ jobs: found }) => found, () => undefined),
  ]);
  const memory = new Map(statistics.map(({ name, version, memoryUsage }) => [`${name}@${version}`, memoryUsage.reduce((sum, { byteSize }) => sum + Number(byteSize), 0)]));
  return { health, models, jobs, memory, served: models.flatMap((model, at) => servedVersions(model, traffic[at])), shadows: traffic.filter((of) => of?.shadow), rates: rates.look(statistics, performance.now()) };
}

const Health = ({ up }: { up: boolean | undefined }) => (
  <span>
    <span className={`dot ${up === undefined ? 'unknown' : up ? 'good' : 'bad'}`} />
    {up === undefined ? 'not known' : up ? 'serving' : 'not serving'}
  </span>
);

function cellsOf({ model, version, labels, share }: Served, rate: Rate | undefined, bytes: number) {
  return [
    <Link key="model" href={`/models/${encodeURIComponent(model.name)}`}>{model.name}</Link>,
    familyOf(model.family)?.title ?? '–',
    String(version),
    <Labels key="labels" labels={labels} />,
    share > 0 ? percent(share) : '–',
    rate ? `${short(rate.requests)} /s` : '–',
    duration(rate?.totalMs),
    duration(rate?.queueMs),
    duration(rate?.computeMs),
    short(rate?.failures ?? 0),
    bytes > 0 ? `${short(bytes / 1e6)} MB` : '–',
  ];
}

const COLUMNS = [
  { title: 'Model' },
  { title: 'Family' },
  { title: 'Version', numeric: true },
  { title: 'Labels' },
  { title: 'Share of calls', numeric: true },
  { title: 'Requests', numeric: true },
  { title: 'Latency', numeric: true },
  { title: 'In queue', numeric: true },
  { title: 'Computing', numeric: true },
  { title: 'Failed', numeric: true },
  { title: 'Memory', numeric: true },
];

/** What runs: services, models, the versions that answer, and how fast. */
export function Overview() {
  const rates = useRef(new Rates());
  const { data, failure, loading } = useLive((signal) => look(signal, rates.current), [], LOOK_MS);
  return (
    <Page title="Overview">
      <FailureNote failure={failure} />
      <div className="tiles">
        {[...FAMILIES.map(({ title, path, about }) => ({ title, path: `/${path}`, about })), { title: 'Registry', path: '/models', about: 'Models, data sets, jobs' }].map(({ title, path, about }, at) => (
          <section className="card" key={title} aria-label={title}>
            <h2>
              <Link href={path}>{title}</Link>
            </h2>
            <p className="quiet">{about}</p>
            <Health up={data?.health[at]} />
          </section>
        ))}
      </div>
      <Section title="Versions that answer">
        <DataTable
          label="Versions that answer"
          columns={COLUMNS}
          rows={(data?.served ?? []).map((served) => ({ key: `${served.model.name} ${served.version}`, cells: cellsOf(served, data && rateOf(data.rates, served.model.name, served.version), data?.memory.get(`${served.model.name}@${served.version}`) ?? 0) }))}
          empty={loading ? 'Loading ...' : 'No label points at a version yet. Train a model and promote a version.'}
        />
        <p className="quiet">Requests of the last {LOOK_MS / 1000} seconds; times are means of those, or of all requests since the service started if there were none.</p>
      </Section>
      <div className="halves">
        <Section title="Trainings under way" actions={<Button component={Link} href="/training" variant="default" size="xs">All trainings</Button>}>
          <DataTable
            label="Trainings under way"
            columns={[{ title: 'Model' }, { title: 'Family' }, { title: 'State' }, { title: 'Step', numeric: true }, { title: 'Loss', numeric: true }]}
            rows={(data?.jobs ?? []).map((job) => ({
              key: job.id,
              cells: [<Link key="job" href={`/training/${job.id}`}>{job.model}</Link>, familyOf(job.family)?.title, <Badge key="state" variant="light">{STATE_NAMES[job.state]}</Badge>, job.progress ? `${job.progress.step} of ${job.progress.totalSteps}` : '–', short(job.progress?.metrics['loss'])],
            }))}
            empty={data && !data.jobs ? 'Trainings are shown to those with the role train.' : 'None at the moment.'}
          />
        </Section>
        <Section title="All models">
          <DataTable
            label="All models"
            columns={[{ title: 'Model' }, { title: 'Family' }, { title: 'Versions', numeric: true }, { title: 'Shadow' }]}
            rows={(data?.models ?? []).map(({ name, family, latestVersion }) => ({
              key: name,
              cells: [<Link key="model" href={`/models/${encodeURIComponent(name)}`}>{name}</Link>, familyOf(family)?.title, String(latestVersion), data?.shadows.filter((of) => of?.model === name).map((of) => `version ${of!.shadow!.version}, ${of!.shadow!.percent} %`).join() || '–'],
            }))}
            empty={loading ? 'Loading ...' : 'None yet.'}
          />
        </Section>
      </div>
      <Section title="Replicas">
        <Replicas />
      </Section>
    </Page>
  );
}
