import { NativeSelect } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import type { Version } from '../generated/quartet/model/v1/model_pb';
import { MetricComparison } from './metric-comparison';

const titleOf = ({ version, labels }: Version): string => [`Version ${version}`, ...labels].join(' · ');

/** Two versions of a model side by side: at first the newest against the one in production, else against the one before. */
export function VersionComparison({ versions }: { versions: readonly Version[] }) {
  const [chosen, setChosen] = useState<{ first?: string; second?: string }>({});
  const find = (number: string | undefined) => versions.find(({ version }) => String(version) === number);
  const second = find(chosen.second) ?? versions[0];
  const first = find(chosen.first) ?? versions.find(({ labels, version }) => labels.includes('production') && version !== second?.version) ?? versions.find(({ version }) => version !== second?.version);
  if (!first || !second) return <p className="quiet">There is one version; a second one is compared with it here.</p>;
  const data = versions.map((version) => ({ value: String(version.version), label: titleOf(version) }));
  return (
    <>
      <div className="row end" style={{ marginBottom: '0.75rem' }}>
        <NativeSelect label="Compare" size="xs" data={data} value={String(first.version)} onChange={(event) => setChosen({ first: event.currentTarget.value, second: String(second.version) })} />
        <NativeSelect label="with" size="xs" data={data} value={String(second.version)} onChange={(event) => setChosen({ first: String(first.version), second: event.currentTarget.value })} />
        {first.jobId !== '' && second.jobId !== '' && first.jobId !== second.jobId && <Link href={`/training/compare/${first.jobId}/${second.jobId}`}>Compare their trainings</Link>}
      </div>
      <MetricComparison label="Versions compared" first={{ title: `Version ${first.version}`, metrics: first.metrics }} second={{ title: `Version ${second.version}`, metrics: second.metrics }} empty="They have no metrics." />
      {first.datasetDigest !== second.datasetDigest && <p className="quiet">They were measured on different data: {first.dataset || 'none'} and {second.dataset || 'none'}.</p>}
    </>
  );
}
