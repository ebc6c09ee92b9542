import { Badge, Button } from '@mantine/core';
import { useState } from 'react';
import { api } from '../api/clients';
import { picturesOf, type Picture } from '../api/tensors';
import { useAction, useLive } from '../api/use-live';
import { Family } from '../generated/quartet/common/v1/model_ref_pb';
import { Part } from '../generated/quartet/dataset/v1/dataset_pb';
import type { Anomaly, Neighbor, ProjectResponse } from '../generated/quartet/autoencoder/v1/autoencoder_pb';
import { FailureNote } from '../parts/failure';
import { short } from '../parts/format';
import { ImageDrop, type DroppedImage } from '../parts/image-drop';
import { LatentScatter } from '../parts/latent-scatter';
import { useModelPicker, type Picked } from '../parts/model-picker';
import { Page, Section } from '../parts/page';
import { RateDistortion } from '../parts/rate-distortion';
import { DataTable } from '../parts/table';
import { TensorPicture } from '../parts/tensor-picture';

const NEIGHBOURS = 6;
const PICTURE = 128;

interface Seen {
  after: Picture | undefined;
  error: number;
  map: Picture | undefined;
  anomaly: Anomaly | undefined;
  threshold: number;
  neighbours: { of: Neighbor; picture: Picture | undefined }[];
}

async function see({ ref, version }: Picked, bytes: Uint8Array): Promise<Seen> {
  const input = { case: 'images' as const, value: { images: [{ content: { case: 'encoded' as const, value: bytes } }] } };
  const [back, anomalies, near] = await Promise.all([
    api.autoencoder.reconstruct({ model: ref, input }),
    api.autoencoder.detectAnomalies({ model: ref, input, includeMaps: true }),
    api.autoencoder.neighbors({ model: ref, input, count: NEIGHBOURS }),
  ]);
  const pictureOf = async (row: bigint) => {
    const { examples } = await api.datasets.readExamples({ name: version.dataset, part: Part.TRAIN, offset: row, count: 1n });
    return examples ? picturesOf(examples)[0] : undefined;
  };
  const neighbours = await Promise.all((near.results[0]?.neighbors ?? []).map(async (of) => ({ of, picture: await pictureOf(of.index).catch(() => undefined) })));
  return {
    after: back.examples && picturesOf(back.examples)[0],
    error: back.errors[0] ?? NaN,
    map: anomalies.maps && picturesOf(anomalies.maps)[0],
    anomaly: anomalies.results[0],
    threshold: anomalies.threshold,
    neighbours,
  };
}

function Dropped({ picked }: { picked: Picked }) {
  const [seen, setSeen] = useState<Seen>();
  const look = useAction(async ({ bytes }: DroppedImage) => {
    setSeen(undefined);
    setSeen(await see(picked, bytes));
  });
  return (
    <>
      <ImageDrop label="Drop an image here: PNG or JPEG" onImage={(image) => void look.run(image)} />
      <FailureNote failure={look.failure} />
      {seen && (
        <>
          <div className="row" role="status" style={{ margin: '0.75rem 0' }}>
            <Badge tt="none" color={seen.anomaly?.anomalous ? 'red.9' : '#1f6f32'}>
              {seen.anomaly?.anomalous ? 'An anomaly' : 'Nothing unusual'}
            </Badge>
            <span>
              Score {short(seen.anomaly?.score)}, threshold {short(seen.threshold)}; squared error {short(seen.error)}
            </span>
          </div>
          <div className="pictures">
            {seen.after && <TensorPicture picture={seen.after} size={PICTURE} label="The image as the model gives it back" caption="After" />}
            {seen.map && <TensorPicture picture={seen.map} size={PICTURE} heat label="Where the error is" caption="Error by pixel" />}
          </div>
          <h3>Nearest training examples</h3>
          <div className="pictures">
            {seen.neighbours.map(({ of, picture }) => picture && <TensorPicture key={String(of.index)} picture={picture} size={72} label={`Training example ${of.index}, ${of.className}`} caption={<>{of.className}<br />{short(of.distance)}</>} />)}
          </div>
        </>
      )}
    </>
  );
}

function Latents({ picked }: { picked: Picked }) {
  const [response, setResponse] = useState<ProjectResponse>();
  const project = useAction(async () => setResponse(await api.autoencoder.project({ model: picked.ref })));
  return (
    <>
      <FailureNote failure={project.failure} />
      {!response && (
        <Button size="xs" loading={project.busy} onClick={() => void project.run()}>
          Show the latents
        </Button>
      )}
      {response && <LatentScatter response={response} dataset={picked.version.dataset} hasPictures={picked.version.inputs.some(({ shape }) => shape.length === 4)} />}
    </>
  );
}

function Loss({ picked }: { picked: Picked }) {
  const { data, failure } = useLive((signal) => api.autoencoder.report({ model: picked.ref }, { signal }), [picked.ref.name, picked.version.version]);
  return (
    <>
      <FailureNote failure={failure} />
      {data?.verdict && (
        <dl className="facts">
          <dt>Verdict</dt>
          <dd>{data.verdict.replaceAll('_', ' ')}</dd>
          <dt>Evidence</dt>
          <dd>{data.evidence}</dd>
          <dt>Remedy</dt>
          <dd>{data.remedy}</dd>
        </dl>
      )}
      <DataTable
        label="What it loses"
        columns={[{ title: 'Part' }, { title: 'Lost', numeric: true }, { title: 'By PCA', numeric: true }, { title: 'There was', numeric: true }]}
        rows={(data?.lost ?? []).map(({ name, error, pcaError, spread }) => ({ key: name, cells: [name, short(error), short(pcaError), short(spread)] }))}
        empty="This version has no report."
      />
      {data && data.lost.length > 0 && <p className="quiet">Mean squares, on held-out examples; PCA has as many numbers as the latent.</p>}
    </>
  );
}

/** Autoencoders: an image before and after, what is unusual in it, its neighbours; the latent space; what is lost. */
export function Autoencoder() {
  const { picked, controls, hint } = useModelPicker(Family.AUTOENCODER);
  const key = picked && `${picked.ref.name}@${picked.version.version}`;
  return (
    <Page title="Autoencoder" actions={controls}>
      {!picked && <p className="quiet">{hint}</p>}
      {picked && (
        <>
          <div className="halves">
            <Section title="An image, before and after">
              <Dropped key={key} picked={picked} />
            </Section>
            <Section title="What it loses">
              <Loss key={key} picked={picked} />
            </Section>
          </div>
          <Section title="Rate and distortion">
            <RateDistortion key={key} picked={picked} />
          </Section>
          <Section title="Latent space">
            <Latents key={key} picked={picked} />
          </Section>
        </>
      )}
    </Page>
  );
}
