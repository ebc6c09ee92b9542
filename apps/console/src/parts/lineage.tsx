import { Link } from 'wouter';
import type { Lineage, Version } from '../generated/quartet/model/v1/model_pb';
import { hexStart, short } from './format';

/** Where a version is shown. */
export const addressOf = (model: string, version: bigint): string => `/models/${encodeURIComponent(model)}#version-${version}`;

function Origin({ origin }: { origin: Lineage['origin'] | undefined }) {
  switch (origin?.case) {
    case 'parent': {
      const { model, version, weightsSha256 } = origin.value;
      return (
        <>
          the weights of <Link href={addressOf(model, version)}>{`${model} ${version}`}</Link>, SHA-256 <code title={weightsSha256}>{hexStart(weightsSha256)}</code>
        </>
      );
    }
    case 'imported': {
      const { fileName, format, producer, sha256, size } = origin.value;
      return (
        <>
          the file {fileName || 'that was sent'} ({[format, producer].filter((known) => known !== '').join(', ')}, {short(Number(size) / 1e6)} MB), SHA-256 <code title={sha256}>{hexStart(sha256)}</code>
        </>
      );
    }
    default:
      return <>its seed and data alone</>;
  }
}

/** Where a version comes from: what it started from, the training, the data, the seed. @param siblings the model's other versions */
export function LineageFacts({ version, siblings }: { version: Version; siblings: readonly Version[] }) {
  const { jobId, dataset, datasetDigest, seed, lineage } = version;
  const alike = siblings.filter((other) => other.version !== version.version && other.datasetDigest === datasetDigest && datasetDigest !== '');
  return (
    <>
      <dt>Made from</dt>
      <dd>
        <Origin origin={lineage?.origin} />
      </dd>
      <dt>Training</dt>
      <dd>{jobId === '' ? 'none here' : <Link href={`/training/${jobId}`}>{jobId}</Link>}</dd>
      <dt>Data set</dt>
      <dd>
        {dataset === '' ? (
          'none here'
        ) : (
          <>
            {dataset}, digest <code title={datasetDigest}>{hexStart(datasetDigest)}</code>
            {alike.length > 0 && (
              <>
                , the same data as{' '}
                {alike.map((other, at) => (
                  <span key={String(other.version)}>
                    {at > 0 && ', '}
                    <a href={`#version-${other.version}`}>version {String(other.version)}</a>
                  </span>
                ))}
              </>
            )}
          </>
        )}
      </dd>
      <dt>Seed</dt>
      <dd>{String(seed)}</dd>
    </>
  );
}
