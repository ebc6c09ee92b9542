import { Button, Progress } from '@mantine/core';
import { useEffect, useState } from 'react';
import { api } from '../api/clients';
import { measureConfusion, type Confusion } from '../api/confusion';
import { useAction } from '../api/use-live';
import type { ClassifyResponse } from '../generated/quartet/cnn/v1/cnn_pb';
import { Family } from '../generated/quartet/common/v1/model_ref_pb';
import { Bars } from '../parts/bars';
import { FailureNote } from '../parts/failure';
import { percent } from '../parts/format';
import { ImageDrop, type DroppedImage } from '../parts/image-drop';
import { useModelPicker, type Picked } from '../parts/model-picker';
import { Page, Section } from '../parts/page';
import { TensorPicture } from '../parts/tensor-picture';

const SHOWN_CLASSES = 5;
const MOST_EXAMPLES = 1000;

function Classify({ picked }: { picked: Picked }) {
  const [answer, setAnswer] = useState<ClassifyResponse>();
  const classify = useAction(async ({ bytes }: DroppedImage) => {
    setAnswer(undefined);
    setAnswer(await api.cnn.classify({ model: picked.ref, topK: SHOWN_CLASSES, input: { case: 'images', value: { images: [{ content: { case: 'encoded', value: bytes } }] } } }));
  });
  const [why, setWhy] = useState<{ url: string; text: string }>();
  const explain = useAction(async ({ bytes }: DroppedImage) => {
    setWhy(undefined);
    const { picture, explained, layer, halfArea } = await api.cnn.explain({ model: picked.ref, image: { content: { case: 'encoded', value: bytes } } });
    setWhy({ url: URL.createObjectURL(new Blob([new Uint8Array(picture)], { type: 'image/png' })), text: `Grad-CAM at ${layer}: red speaks for ${explained?.name ?? 'the class'}; half of that lies in ${percent(halfArea)} of the image.` });
  });
  useEffect(() => () => (why ? URL.revokeObjectURL(why.url) : undefined), [why]);
  const [result] = answer?.results ?? [];
  return (
    <>
      <ImageDrop
        label="Drop an image here: PNG or JPEG"
        onImage={(image) => {
          void classify.run(image);
          void explain.run(image);
        }}
      />
      <FailureNote failure={classify.failure ?? explain.failure} />
      <div role="status">
        {result && (
          <>
            <p>
              It is <b>{result.classes[0]?.name}</b>, says version {String(answer?.modelVersion)}.
            </p>
            <Bars label="Probability by class" bars={result.classes.map(({ name, probability }) => ({ name, share: probability, text: percent(probability) }))} />
            {why && (
              <figure className="picture why">
                <img src={why.url} alt="The image, and beside it where the evidence for the class lies" />
                <figcaption>{why.text}</figcaption>
              </figure>
            )}
          </>
        )}
      </div>
    </>
  );
}

/** Rows: what it is; columns: what the model says. The darker, the more of the row. */
function Matrix({ confusion: { classNames, counts } }: { confusion: Confusion }) {
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="Table: Confusion matrix">
      <table className="matrix">
        <caption className="quiet">Rows: what it is. Columns: what the model says.</caption>
        <thead>
          <tr>
            <td />
            {classNames.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {counts.map((row, truth) => {
            const total = row.reduce((a, b) => a + b, 0) || 1;
            return (
              <tr key={classNames[truth]}>
                <th scope="row">{classNames[truth]}</th>
                {row.map((count, said) => {
                  const share = count / total;
                  const colour = truth === said ? `rgb(0 99 168 / ${share})` : `rgb(179 71 0 / ${Math.min(1, 4 * share)})`;
                  return (
                    <td key={said} style={{ background: colour, color: (truth === said ? share : 4 * share) > 0.55 ? '#fff' : 'inherit' }}>
                      {count || ''}
                    </td>
                  );
                })}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Measured({ picked }: { picked: Picked }) {
  const [confusion, setConfusion] = useState<Confusion>();
  const [share, setShare] = useState(0);
  const measure = useAction(async () => {
    setShare(0);
    const dataset = await api.datasets.getDataset({ name: picked.version.dataset });
    setConfusion(await measureConfusion(picked.ref, dataset, MOST_EXAMPLES, setShare, AbortSignal.timeout(120_000)));
  });
  const right = confusion?.counts.reduce((sum, row, at) => sum + (row[at] ?? 0), 0) ?? 0;
  return (
    <>
      <div className="row">
        <Button size="xs" loading={measure.busy} onClick={() => void measure.run()}>
          Measure on held-out examples
        </Button>
        {measure.busy && <Progress value={100 * share} w={160} aria-label="Share that is measured" />}
      </div>
      <FailureNote failure={measure.failure} />
      {confusion && (
        <>
          <p role="status">
            {right} of {confusion.examples} right: {percent(right / (confusion.examples || 1))}.
          </p>
          <div className="halves">
            <Matrix confusion={confusion} />
            <div>
              <h3>Worst errors</h3>
              <p className="quiet">{confusion.worst.length > 0 ? 'Wrong, and the surest of it.' : 'It made none.'}</p>
              <div className="pictures">
                {confusion.worst.map(({ picture, row, truth, said, probability }) => picture && <TensorPicture key={row} picture={picture} size={72} label={`Example ${row}: ${truth}, taken for ${said}`} caption={<>{truth} as {said}<br />{percent(probability)}</>} />)}
              </div>
            </div>
          </div>
        </>
      )}
    </>
  );
}

/** Image classifiers: what they say of an image, and where they err. */
export function Cnn() {
  const { picked, controls, hint } = useModelPicker(Family.CNN);
  return (
    <Page title="CNN" actions={controls}>
      {!picked && <p className="quiet">{hint}</p>}
      {picked && (
        <>
          <Section title="Classify an image">
            <Classify key={`${picked.ref.name}@${picked.version.version}`} picked={picked} />
          </Section>
          <Section title="Confusion matrix and worst errors">
            <Measured key={`${picked.ref.name}@${picked.version.version}`} picked={picked} />
          </Section>
        </>
      )}
    </Page>
  );
}
