import { Link } from 'wouter';
import { allModels } from '../api/lists';
import { familyOf } from '../api/names';
import { useLive } from '../api/use-live';
import { FailureNote } from '../parts/failure';
import { moment } from '../parts/format';
import { Labels } from '../parts/labels';
import { Page, Section } from '../parts/page';
import { DataTable } from '../parts/table';

const LOOK_MS = 5000;

/** All models, with where their labels point. */
export function Models() {
  const { data, failure, loading } = useLive((signal) => allModels(signal), [], LOOK_MS);
  return (
    <Page title="Models">
      <FailureNote failure={failure} />
      <Section title="All models">
        <DataTable
          label="All models"
          columns={[{ title: 'Model' }, { title: 'Family' }, { title: 'Latest version', numeric: true }, { title: 'Labels' }, { title: 'Made' }]}
          rows={(data ?? []).map(({ name, family, latestVersion, labels, createdAt }) => ({
            key: name,
            cells: [<Link key="model" href={`/models/${encodeURIComponent(name)}`}>{name}</Link>, familyOf(family)?.title, String(latestVersion), <Labels key="labels" labels={labels.map((label) => `${label.name}: ${label.version}`)} />, moment(createdAt)],
          }))}
          empty={loading ? 'Loading ...' : 'None yet. A training makes one.'}
        />
      </Section>
    </Page>
  );
}
