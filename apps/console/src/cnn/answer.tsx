import { Badge } from '@mantine/core';
import { useState } from 'react';
import { api } from '../api/clients';
import { numbersOf } from '../api/tensors';
import { useLive } from '../api/use-live';
import type { ClassifyResponse, PredictResponse } from '../generated/quartet/cnn/v1/cnn_pb';
import { Bars } from '../parts/bars';
import { FailureNote } from '../parts/failure';
import { percent, short } from '../parts/format';
import type { DroppedImage } from '../parts/image-drop';
import type { Picked } from '../parts/model-picker';
import { ShareSlider } from '../parts/share-slider';
import { DataTable } from '../parts/table';
import type { CnnModel } from './model';

const SHOWN_CLASSES = 5;
const SHOWN_LABELS = 30;

function ClassesAnswer({ answer, model }: { answer: ClassifyResponse; model: CnnModel }) {
  const [unsureBelow, setUnsureBelow] = useState(model.unsureBelow);
  const classes = answer.results[0]?.classes ?? [];
  const unsure = (classes[0]?.probability ?? 0) < unsureBelow;
  return (
    <>
      <p role="status">
        It is <b>{classes[0]?.name}</b>, says version {String(answer.modelVersion)}. {unsure && <Badge color="orange.9" tt="none">Unsure: better ask someone</Badge>}
      </p>
      <Bars label="Probability by class" bars={classes.map(({ name, probability }) => ({ name, share: probability, text: percent(probability) }))} />
      <ShareSlider label="Unsure below" value={unsureBelow} onChange={setUnsureBelow} />
    </>
  );
}

function LabelsAnswer({ answer }: { answer: ClassifyResponse }) {
  const [threshold, setThreshold] = useState(0.5);
  const labels = answer.results[0]?.classes ?? [];
  const had = labels.filter(({ probability }) => probability >= threshold).map(({ name }) => name);
  return (
    <>
      <p role="status">
        {had.length > 0 ? (
          <>
            It has <b>{had.join(', ')}</b>
          </>
        ) : (
          'It has none of the labels'
        )}
        , says version {String(answer.modelVersion)}.
      </p>
      <Bars label="Probability by label" bars={labels.map(({ name, probability }) => ({ name, share: probability, text: percent(probability), quiet: probability < threshold }))} />
      <ShareSlider label="Has it from" value={threshold} onChange={setThreshold} />
    </>
  );
}

function NumbersAnswer({ answer: { values, names, modelVersion }, model }: { answer: PredictResponse; model: CnnModel }) {
  const numbers = values ? numbersOf(values) : [];
  return (
    <>
      <p role="status">Version {String(modelVersion)} says {names.map((name, at) => `${name} ${short(numbers[at])}`).join(', ')}.</p>
      <DataTable
        label="Numbers of the image"
        columns={[{ title: 'Number' }, { title: 'Value', numeric: true }, { title: `RMSE, ${model.scoresPart}`, numeric: true }]}
        rows={names.map((name, at) => ({ key: name, cells: [name, short(numbers[at]), short(model.scores[at]?.rmse)] }))}
      />
    </>
  );
}

/** What a version says of an image: its class, its labels, or its numbers. */
export function Answer({ picked: { ref }, model, image }: { picked: Picked; model: CnnModel; image: DroppedImage | undefined }) {
  const { data, failure } = useLive(
    async (signal) => {
      if (!image) return undefined;
      const request = { model: ref, input: { case: 'images' as const, value: { images: [{ content: { case: 'encoded' as const, value: image.bytes } }] } } };
      if (model.kind === 'numbers') return api.cnn.predict(request, { signal });
      return api.cnn.classify({ ...request, topK: Math.min(model.kind === 'labels' ? SHOWN_LABELS : SHOWN_CLASSES, model.names.length) }, { signal });
    },
    [image],
  );
  return (
    <>
      <FailureNote failure={failure} />
      {data?.$typeName === 'quartet.cnn.v1.PredictResponse' && <NumbersAnswer answer={data} model={model} />}
      {data?.$typeName === 'quartet.cnn.v1.ClassifyResponse' && (model.kind === 'labels' ? <LabelsAnswer answer={data} /> : <ClassesAnswer answer={data} model={model} />)}
    </>
  );
}
