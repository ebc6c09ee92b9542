import { Alert, Button, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { Link } from 'wouter';
import { api } from '../api/clients';
import { exportVersion, save } from '../api/export-version';
import { familyOf } from '../api/names';
import { useAction, useLive } from '../api/use-live';
import type { TensorSignature, Version } from '../generated/quartet/model/v1/model_pb';
import { FailureNote } from '../parts/failure';
import { hexStart, moment, short } from '../parts/format';
import { Labels } from '../parts/labels';
import { LineageFacts } from '../parts/lineage';
import { Page, Section } from '../parts/page';
import { DataTable } from '../parts/table';
import { TrafficControl } from '../parts/traffic';
import { VersionComparison } from '../parts/version-comparison';

const LOOK_MS = 5000;
const MOST_METRICS = 8;
const MEGABYTE = 1e6;

const signature = (tensors: readonly TensorSignature[]): string => tensors.map(({ name, dtype, shape }) => `${name} ${dtype} [${shape.join(', ')}]`).join('; ');

async function look(name: string, signal: AbortSignal) {
  const [model, { versions }, traffic] = await Promise.all([
    api.models.getModel({ name }, { signal }),
    api.models.listVersions({ model: name, pageSize: 50 }, { signal }),
    api.models.getTraffic({ model: name }, { signal }).catch(() => undefined),
  ]);
  return { model, versions, traffic };
}

/** Metrics that say most: of test before those of validation, and of other kinds. */
function columnsOf(versions: readonly Version[]): string[] {
  const names = [...new Set(versions.flatMap(({ metrics }) => Object.keys(metrics)))].filter((name) => !name.endsWith('/examples'));
  const place = (metric: string) => (metric.startsWith('test/') ? 0 : metric.startsWith('validation/') ? 1 : 2);
  return names.sort((a, b) => place(a) - place(b) || a.localeCompare(b)).slice(0, MOST_METRICS);
}

/** Where a version comes from, and what it is. */
function Facts({ version, siblings }: { version: Version; siblings: readonly Version[] }) {
  const bytes = version.files.reduce((sum, { blob }) => sum + Number(blob?.size ?? 0n), 0);
  return (
    <dl className="facts">
      <LineageFacts version={version} siblings={siblings} />
      <dt>Weights</dt>
      <dd>
        {short(Number(version.parameterCount))} parameters, SHA-256 <code title={version.weightsSha256}>{hexStart(version.weightsSha256)}</code>
      </dd>
      <dt>Artefact</dt>
      <dd>
        {version.files.length} files, {short(bytes / MEGABYTE)} MB
      </dd>
      <dt>Takes</dt>
      <dd>{signature(version.inputs)}</dd>
      <dt>Gives</dt>
      <dd>{signature(version.outputs)}</dd>
      <dt>Made</dt>
      <dd>{moment(version.createdAt)}</dd>
    </dl>
  );
}

function Actions({ version, changed }: { version: Version; changed: (what: string) => void }) {
  const [label, setLabel] = useState('production');
  const [bytes, setBytes] = useState(0);
  const promote = useAction(async () => {
    const { previousVersion } = await api.models.promoteVersion({ model: version.model, version: version.version, label });
    changed(`${label} points at version ${version.version}${previousVersion > 0n ? `, before at ${previousVersion}` : ''}`);
  });
  const fetchAll = useAction(async () => {
    save(await exportVersion(version.model, version.version, setBytes), `${version.model}-${version.version}.zip`);
  });
  return (
    <>
      <FailureNote failure={promote.failure ?? fetchAll.failure} />
      <div className="row end">
        <TextInput label={`Label for version ${version.version}`} value={label} onChange={(event) => setLabel(event.currentTarget.value)} />
        <Button loading={promote.busy} onClick={() => void promote.run()}>
          Promote version {String(version.version)}
        </Button>
        <Button variant="default" loading={fetchAll.busy} onClick={() => void fetchAll.run()}>
          Export
        </Button>
        {fetchAll.busy && <span role="status">{short(bytes / MEGABYTE)} MB</span>}
      </div>
    </>
  );
}

/** A model: its versions, what they measure, where they come from, and which answers. */
export function ModelPage({ name }: { name: string }) {
  const { data, failure, reload } = useLive((signal) => look(name, signal), [name], LOOK_MS);
  const [done, setDone] = useState('');
  const changed = (what: string) => {
    setDone(what);
    reload();
  };
  const metrics = columnsOf(data?.versions ?? []);
  const { hash } = window.location;
  // A link to one of the versions, which are there only now.
  useEffect(() => {
    if (data && hash !== '') document.getElementById(hash.slice(1))?.scrollIntoView();
  }, [data !== undefined, hash]);
  const family = data && familyOf(data.model.family);
  return (
    <Page title={name} actions={family && <Button component={Link} href={`/${family.path}?model=${encodeURIComponent(name)}`} variant="default" size="xs">Use it ({family.title})</Button>}>
      <FailureNote failure={failure} />
      <div role="status">
        {done && (
          <Alert color="green" variant="light" mb="md" withCloseButton closeButtonLabel="Close" onClose={() => setDone('')}>
            {done}.
          </Alert>
        )}
      </div>
      {data && (
        <>
          <Section title="Metrics by version">
            <DataTable
              label="Metrics by version"
              columns={[{ title: 'Version', numeric: true }, { title: 'Labels' }, ...metrics.map((title) => ({ title, numeric: true })), { title: 'Made' }]}
              rows={data.versions.map(({ version, labels, metrics: of, createdAt }) => ({ key: String(version), cells: [String(version), <Labels key="labels" labels={labels} />, ...metrics.map((metric) => short(of[metric])), moment(createdAt)] }))}
              empty="No version yet."
            />
          </Section>
          <Section title="Two versions compared">
            <VersionComparison versions={data.versions} />
          </Section>
          <Section title="Traffic">
            <TrafficControl model={data.model} versions={data.versions} traffic={data.traffic} changed={changed} />
          </Section>
          <div className="halves">
            {data.versions.map((version) => (
              <Section key={String(version.version)} id={`version-${version.version}`} title={`Version ${version.version}`} actions={version.labels.length > 0 && <Labels labels={version.labels} />}>
                <Facts version={version} siblings={data.versions} />
                <div style={{ marginTop: '0.75rem' }}>
                  <Actions version={version} changed={changed} />
                </div>
              </Section>
            ))}
          </div>
        </>
      )}
    </Page>
  );
}
