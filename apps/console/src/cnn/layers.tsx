import { Button, NativeSelect, NumberInput, TextInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { api } from '../api/clients';
import { useAction, useLive } from '../api/use-live';
import type { FindExamplesResponse, InspectedLayer, InspectResponse } from '../generated/quartet/cnn/v1/explain_pb';
import { FailureNote } from '../parts/failure';
import { short } from '../parts/format';
import type { DroppedImage } from '../parts/image-drop';
import type { Picked } from '../parts/model-picker';
import { Png } from '../parts/png';
import { DataTable } from '../parts/table';

const VIEWS = [
  { value: 'filters', label: 'Filters of the first convolution' },
  { value: 'activations', label: 'What layers make of the image' },
  { value: 'units', label: 'What excites units' },
  { value: 'examples', label: 'Examples that excite units most' },
] as const;

type View = (typeof VIEWS)[number]['value'];

interface Asked {
  view: View;
  layer: string;
  units: number[];
  seed: bigint;
  image: DroppedImage | undefined;
}

type Shown = { asked: Asked } & ({ inspected: InspectResponse } | { found: FindExamplesResponse });

async function look({ ref }: Picked, asked: Asked): Promise<Shown> {
  const { view, layer, units, seed, image } = asked;
  switch (view) {
    case 'filters':
      return { asked, inspected: await api.cnn.inspect({ model: ref, view: { case: 'filters', value: {} } }) };
    case 'activations':
      if (!image) throw new Error('There is no image yet: drop one above.');
      return { asked, inspected: await api.cnn.inspect({ model: ref, view: { case: 'activations', value: { image: { content: { case: 'encoded', value: image.bytes } }, layers: layer === '' ? [] : [layer] } } }) };
    case 'units':
      return { asked, inspected: await api.cnn.inspect({ model: ref, view: { case: 'unit', value: { layer, units, seed } } }) };
    case 'examples':
      return { asked, found: await api.cnn.findExamples({ model: ref, layer, units }) };
  }
}

const shapeText = (shape: readonly bigint[]): string => `[${shape.join(', ')}]`;

/** A class, where the unit is one. */
const unitName = ({ unit, name }: { unit: number; name: string }): string => (name === '' ? `${unit}` : `${unit}: ${name}`);

function Picture({ shown }: { shown: Shown }) {
  const { layer } = shown.asked;
  const of = layer === '' ? 'the classifying layer' : layer;
  if ('found' in shown) {
    const { picture, units, searched, dataset } = shown.found;
    return (
      <>
        <Png sheet bytes={picture} label={`Examples that excite units of ${of} most, a row a unit`} caption={`Of ${searched} examples of ${dataset}.`} />
        <DataTable
          label="Examples"
          columns={[{ title: 'Unit' }, { title: 'Rows of the part, and what they are' }]}
          rows={units.map((unit) => ({ key: `${unit.unit}`, cells: [unitName(unit), unit.examples.map(({ index, label }) => (label === '' ? `${index}` : `${index}: ${label}`)).join(', ')] }))}
        />
      </>
    );
  }
  const { picture, filters, activations, units } = shown.inspected;
  switch (shown.asked.view) {
    case 'filters':
      return <Png sheet bytes={picture} label={`${filters?.shape.at(-1) ?? 0n} filters of the first convolution`} caption={`${filters?.shape.slice(0, 2).join(' x ')} pixels each. What is dark is weighted below 0, what is bright above.`} />;
    case 'activations':
      return (
        <>
          <Png sheet bytes={picture} label="What each layer makes of the image, a row a layer, the most active channels first" />
          <DataTable
            label="Activations"
            columns={[{ title: 'Layer' }, { title: 'Output' }, { title: 'Silent channels', numeric: true }]}
            rows={activations.map(({ layer: name, output, silent }) => ({ key: name, cells: [name, shapeText(output?.shape ?? []), `${silent} of ${output?.shape.at(-1) ?? 0n}`] }))}
          />
        </>
      );
    default:
      return (
        <>
          <Png sheet bytes={picture} label={`Images that excite units of ${of}`} caption="Made by gradient ascent from grey: as far as the pixels can be pushed, and no examples." />
          <DataTable
            label="Units"
            columns={[{ title: 'Unit' }, { title: 'Active', numeric: true }, { title: 'On grey', numeric: true }]}
            rows={units.map((unit) => ({ key: `${unit.unit}`, cells: [unitName(unit), short(unit.value), short(unit.before)] }))}
          />
        </>
      );
  }
}

const isSpatial = ({ shape }: InspectedLayer): boolean => shape.length === 3;

function Controls({ picked, image, layers }: { picked: Picked; image: DroppedImage | undefined; layers: readonly InspectedLayer[] }): ReactNode {
  const [view, setView] = useState<View>('filters');
  const [layer, setLayer] = useState('');
  const [units, setUnits] = useState('');
  const [seed, setSeed] = useState<number | string>(1);
  const [shown, setShown] = useState<Shown>();
  const show = useAction(async () => {
    setShown(undefined);
    const wanted = units.split(',').map((unit) => unit.trim()).filter((unit) => unit !== '').map(Number);
    setShown(await look(picked, { view, layer, units: wanted, seed: BigInt(Math.max(0, Math.floor(Number(seed) || 0))), image }));
  });
  const choose = (next: View) => {
    setView(next);
    setLayer('');
    setShown(undefined);
    show.clear();
  };
  const ofUnits = view === 'units' || view === 'examples';
  const offered = view === 'activations' ? layers.filter(isSpatial) : layers.filter(({ name }) => name !== 'logits');
  return (
    <>
      <div className="row end">
        <NativeSelect label="Show" data={[...VIEWS]} value={view} onChange={(event) => choose(event.currentTarget.value as View)} />
        {view !== 'filters' && <NativeSelect label="Layer" value={layer} onChange={(event) => setLayer(event.currentTarget.value)} data={[{ value: '', label: ofUnits ? 'the classifying one' : 'all with height and width' }, ...offered.map(({ name, kind }) => ({ value: name, label: `${name}, ${kind}` }))]} />}
        {ofUnits && <TextInput label="Units" placeholder="the first 16" value={units} onChange={(event) => setUnits(event.currentTarget.value)} w={130} />}
        {view === 'units' && <NumberInput label="Seed" value={seed} onChange={setSeed} min={0} allowDecimal={false} hideControls w={80} />}
        <Button loading={show.busy} disabled={view === 'activations' && !image} onClick={() => void show.run()}>
          Show
        </Button>
      </div>
      {view === 'activations' && !image && <p className="quiet">Drop an image above first.</p>}
      <FailureNote failure={show.failure} />
      {shown && <Picture shown={shown} />}
    </>
  );
}

/** What the layers of a network have learned: its layers, filters, activations, and what excites its units. */
export function Layers({ picked, image }: { picked: Picked; image: DroppedImage | undefined }) {
  const [asked, setAsked] = useState(false);
  const { data: layers, failure, loading } = useLive(async (signal) => (asked ? (await api.cnn.inspect({ model: picked.ref }, { signal })).layers : undefined), [asked]);
  if (!asked) {
    return (
      <Button size="xs" onClick={() => setAsked(true)}>
        Look into the network
      </Button>
    );
  }
  return (
    <>
      <FailureNote failure={failure} />
      {loading && <p className="quiet">Looking ...</p>}
      {layers && (
        <div className="halves">
          <DataTable label="Layers" columns={[{ title: 'Layer' }, { title: 'Kind' }, { title: 'Output' }]} rows={layers.map(({ name, kind, shape }) => ({ key: name, cells: [name, kind.replaceAll('_', ' '), shapeText(shape)] }))} />
          <div>
            <Controls picked={picked} image={image} layers={layers} />
          </div>
        </div>
      )}
    </>
  );
}
