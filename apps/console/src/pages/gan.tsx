import { Button, NativeSelect, NumberInput, Slider, Text } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { api } from '../api/clients';
import { picturesOf, type Picture } from '../api/tensors';
import { useAction, useLive } from '../api/use-live';
import { Family } from '../generated/quartet/common/v1/model_ref_pb';
import { Chart } from '../parts/chart';
import { FailureNote } from '../parts/failure';
import { useModelPicker, specOf, type Picked } from '../parts/model-picker';
import { Page, Section } from '../parts/page';
import { TensorPicture } from '../parts/tensor-picture';
import { curvesOf } from '../api/curves';
import { useJobEvents } from '../api/use-job-events';
import { Rounds } from '../parts/rounds';

const STEPS = 16;

interface GanSettings {
  mode: string;
  conditional: boolean;
}

const seedOf = (value: number | string): bigint => BigInt(Math.max(0, Math.floor(Number(value) || 0)));

function Samples({ picked, classNames }: { picked: Picked; classNames: readonly string[] }) {
  const [seed, setSeed] = useState<number | string>(1);
  const [count, setCount] = useState<number | string>(32);
  const [className, setClassName] = useState('');
  const [pictures, setPictures] = useState<{ picture: Picture; label: string }[]>([]);
  const generate = useAction(async () => {
    setPictures([]);
    for await (const { examples, first, classes } of api.gan.generate({ model: picked.ref, seed: seedOf(seed), count: Number(count) || 1, className })) {
      if (!examples) continue;
      const next = picturesOf(examples).map((picture, at) => ({ picture, label: classNames[classes[at] ?? -1] ?? String(first + BigInt(at)) }));
      setPictures((before) => [...before, ...next]);
    }
  });
  return (
    <>
      <div className="row end">
        <NumberInput label="Seed" value={seed} onChange={setSeed} min={0} allowDecimal={false} w={110} hideControls />
        <NumberInput label="How many" value={count} onChange={setCount} min={1} max={256} allowDecimal={false} w={110} hideControls />
        {classNames.length > 0 && <NativeSelect label="Class" data={[{ value: '', label: 'each in turn' }, ...classNames]} value={className} onChange={(event) => setClassName(event.currentTarget.value)} />}
        <Button loading={generate.busy} onClick={() => void generate.run()}>
          Generate
        </Button>
      </div>
      <FailureNote failure={generate.failure} />
      <div className="pictures" style={{ marginTop: '0.75rem' }} aria-label="Samples" role="group">
        {pictures.map(({ picture, label }, at) => (
          <TensorPicture key={at} picture={picture} size={64} label={`Sample ${at}, ${label}`} caption={label} />
        ))}
      </div>
    </>
  );
}

function Interpolation({ picked, classNames }: { picked: Picked; classNames: readonly string[] }) {
  const [from, setFrom] = useState<number | string>(1);
  const [to, setTo] = useState<number | string>(2);
  const [className, setClassName] = useState('');
  const [pictures, setPictures] = useState<Picture[]>([]);
  const [at, setAt] = useState(0);
  const interpolate = useAction(async () => {
    const { examples } = await api.gan.interpolate({ model: picked.ref, from: { source: { case: 'seed', value: seedOf(from) } }, to: { source: { case: 'seed', value: seedOf(to) } }, steps: STEPS, className });
    setPictures(examples ? picturesOf(examples) : []);
    setAt(0);
  });
  const shown = pictures[at];
  return (
    <>
      <div className="row end">
        <NumberInput label="From seed" value={from} onChange={setFrom} min={0} allowDecimal={false} w={110} hideControls />
        <NumberInput label="To seed" value={to} onChange={setTo} min={0} allowDecimal={false} w={110} hideControls />
        {classNames.length > 0 && <NativeSelect label="Class of all" data={[{ value: '', label: 'the first' }, ...classNames]} value={className} onChange={(event) => setClassName(event.currentTarget.value)} />}
        <Button loading={interpolate.busy} onClick={() => void interpolate.run()}>
          Interpolate
        </Button>
      </div>
      <FailureNote failure={interpolate.failure} />
      {shown && (
        <div style={{ marginTop: '0.75rem' }}>
          <TensorPicture picture={shown} size={160} label={`Step ${at + 1} of ${pictures.length}`} />
          <Text size="sm" component="div" mt="sm">
            Step {at + 1} of {pictures.length}
          </Text>
          <Slider thumbLabel="Place between the two" value={at} onChange={setAt} min={0} max={pictures.length - 1} label={null} maw={420} />
        </div>
      )}
    </>
  );
}

/** How the two players did against each other. */
function Balance({ jobId }: { jobId: string }) {
  const { events, failure } = useJobEvents(jobId);
  const curves = curvesOf(events);
  const lines = (...heads: string[]) => [...curves.values()].filter(({ name }) => heads.includes(name.split('/')[0] ?? '') && !name.endsWith('/floor'));
  const charts = [
    { title: 'Losses of the two players', of: lines('loss') },
    { title: 'Hits of the discriminator', of: lines('accuracy') },
    { title: 'Distance from real examples', of: lines('distance', 'kernelDistance') },
    { title: 'Variety and quality', of: lines('diversity', 'precision', 'recall', 'coverage') },
  ];
  return (
    <>
      <FailureNote failure={failure} />
      <div className="halves">
        {charts.map(({ title, of }) => of.length > 0 && <Chart key={title} title={title} xLabel="step" lines={of} />)}
      </div>
      <p>
        <Link href={`/training/${jobId}`}>All curves of the training</Link>
      </p>
    </>
  );
}

/** Generators: samples, the way from one to another, and how the training balanced. */
export function Gan() {
  const { picked, controls, hint } = useModelPicker(Family.GAN);
  const dataset = picked?.version.dataset ?? '';
  const { data } = useLive(async (signal) => (dataset === '' ? undefined : api.datasets.getDataset({ name: dataset }, { signal })), [dataset]);
  const isConditional = picked && (specOf<GanSettings>(picked.version).conditional ?? specOf<GanSettings>(picked.version).mode === 'conditional');
  const classNames = isConditional ? (data?.schema?.classNames ?? []) : [];
  const key = picked && `${picked.ref.name}@${picked.version.version}`;
  return (
    <Page title="GAN" actions={controls}>
      {!picked && <p className="quiet">{hint}</p>}
      {picked && (
        <>
          <div className="halves">
            <Section title="Samples">
              <Samples key={key} picked={picked} classNames={classNames} />
            </Section>
            <Section title="Interpolation">
              <Interpolation key={key} picked={picked} classNames={classNames} />
            </Section>
          </div>
          <Section title="Samples through the training">
            <Rounds key={key} picked={picked} />
          </Section>
          <Section title="Balance of the players">
            <Balance jobId={picked.version.jobId} />
          </Section>
        </>
      )}
    </Page>
  );
}
