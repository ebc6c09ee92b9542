import { NativeSelect } from '@mantine/core';
import { useState } from 'react';
import { api } from '../api/clients';
import { useLive } from '../api/use-live';
import { ExplainMethod, type ExplainResponse, type InspectedLayer } from '../generated/quartet/cnn/v1/explain_pb';
import { FailureNote } from '../parts/failure';
import { percent } from '../parts/format';
import type { DroppedImage } from '../parts/image-drop';
import type { Picked } from '../parts/model-picker';
import { Png } from '../parts/png';
import type { CnnKind, CnnModel } from './model';

const CLASS = { label: 'Evidence for the class', first: 'the likeliest' };
const TARGETS: Record<CnnKind, { label: string; first: string }> = { classes: CLASS, video: CLASS, labels: { ...CLASS, label: 'Evidence for the label' }, numbers: { label: 'What raises the number', first: 'the first' } };

const isSpatial = ({ shape }: InspectedLayer): boolean => shape.length === 3 && shape[0]! * shape[1]! > 1n;

function saying({ layer, explained, halfArea, occlusion }: ExplainResponse): string {
  const name = explained?.name ?? 'the class';
  const { value } = explained ?? {};
  const half = halfArea > 0 ? ` Half of that lies in ${percent(halfArea)} of the image.` : '';
  if (!occlusion) return `Grad-CAM at ${layer}: red ${value === undefined ? 'speaks for' : 'raises'} ${name}.${half}`;
  const { window, places, leastProbability, leastValue } = occlusion;
  if (value !== undefined) return `Occlusion by a window of ${window} pixels at ${places} places: red raises ${name}, blue lowers it.${half} Where most is lost, ${value.toPrecision(4)} becomes ${(leastValue ?? value).toPrecision(4)}.`;
  return `Occlusion by a window of ${window} pixels at ${places} places: red speaks for ${name}, blue against it.${half} Where most is lost, ${percent(leastProbability)} are left of ${percent(explained?.probability ?? 0)}.`;
}

/** Where in an image the evidence for a class or label is, or what raises a number, by Grad-CAM or by hiding parts of it. */
export function Evidence({ picked: { ref }, model, image }: { picked: Picked; model: CnnModel; image: DroppedImage }) {
  const [method, setMethod] = useState(ExplainMethod.GRAD_CAM);
  const [className, setClassName] = useState('');
  const [layer, setLayer] = useState('');
  const isCam = method === ExplainMethod.GRAD_CAM;
  const { data: layers } = useLive(async (signal) => (await api.cnn.inspect({ model: ref }, { signal })).layers.filter(isSpatial), [ref.name, ref.target.value]);
  const { data, failure, loading } = useLive(
    (signal) =>
      api.cnn.explain({ model: ref, method, layer: isCam ? layer : '', image: { content: { case: 'encoded', value: image.bytes } }, target: className === '' ? { case: undefined } : { case: 'className', value: className } }, { signal }),
    [image, method, className, layer],
  );
  return (
    <>
      <h3>Why it says so</h3>
      <div className="row end">
        <NativeSelect
          label="Evidence by"
          size="xs"
          value={String(method)}
          onChange={(event) => setMethod(Number(event.currentTarget.value))}
          data={[{ value: String(ExplainMethod.GRAD_CAM), label: 'Grad-CAM' }, { value: String(ExplainMethod.OCCLUSION), label: 'Occlusion' }]}
        />
        <NativeSelect label={TARGETS[model.kind].label} size="xs" value={className} onChange={(event) => setClassName(event.currentTarget.value)} data={[{ value: '', label: TARGETS[model.kind].first }, ...model.names]} />
        {isCam && <NativeSelect label="At the layer" size="xs" value={layer} onChange={(event) => setLayer(event.currentTarget.value)} data={[{ value: '', label: 'the last one' }, ...(layers ?? []).map(({ name, shape }) => ({ value: name, label: `${name}, ${shape[0]} x ${shape[1]}` }))]} />}
      </div>
      <FailureNote failure={failure} />
      {loading && <p className="quiet">Looking ...</p>}
      {data && <Png bytes={data.picture} label={`The image, and beside it ${model.kind === 'numbers' ? 'what raises the number' : 'where the evidence for the class lies'}`} caption={<span role="status">{saying(data)}</span>} />}
    </>
  );
}
