import { Alert, Button, NativeSelect, NumberInput, Textarea } from '@mantine/core';
import { useRef, useState } from 'react';
import { api } from '../api/clients';
import { forecast, type Forecasted, type ForecasterSettings } from '../api/forecast';
import { allDatasets } from '../api/lists';
import { useAction, useLive } from '../api/use-live';
import { Family } from '../generated/quartet/common/v1/model_ref_pb';
import { EndReason } from '../generated/quartet/rnn/v1/generate_pb';
import { Chart } from '../parts/chart';
import { FailureNote } from '../parts/failure';
import { percent, short } from '../parts/format';
import { specOf, useModelPicker, type Picked } from '../parts/model-picker';
import { Page, Section } from '../parts/page';

const END_NAMES: Record<EndReason, string> = { [EndReason.UNSPECIFIED]: '', [EndReason.MAX_TOKENS]: 'as long as was asked for', [EndReason.STOP]: 'a stop text came up', [EndReason.END_OF_TEXT]: 'the model ended it' };

function ForecastChart({ of }: { of: Forecasted }) {
  const quantiles = [...of.ahead.keys()];
  const [low, high] = [quantiles[0] ?? 0, quantiles.at(-1) ?? 1];
  const name = (quantile: number) => (quantile === 0.5 ? 'median' : `${Math.round(100 * quantile)} % quantile`);
  const shown = quantiles.filter((quantile) => quantile === low || quantile === high || quantile === 0.5);
  return (
    <Chart
      title={`${of.target}: the series and its forecast`}
      xLabel="time"
      time
      height={320}
      band={{ upper: name(high), lower: name(low) }}
      lines={[
        { name: 'series', x: of.times, y: of.history, colour: 7 },
        ...shown.map((quantile) => ({ name: name(quantile), x: of.aheadTimes, y: of.ahead.get(quantile) ?? [], colour: 0, dashed: quantile !== 0.5 })),
        ...(of.truth.length > 0 ? [{ name: 'what came', x: of.aheadTimes.slice(0, of.truth.length), y: of.truth, colour: 1 }] : []),
      ]}
    />
  );
}

function Forecast({ picked, settings }: { picked: Picked; settings: ForecasterSettings }) {
  const { data } = useLive(async (signal) => (await allDatasets(signal)).filter(({ schema }) => schema?.kind === 'series'), []);
  const [name, setName] = useState(picked.version.dataset);
  const [back, setBack] = useState<number | string>(0);
  const [result, setResult] = useState<Forecasted>();
  const run = useAction(async () => {
    const dataset = data?.find((of) => of.name === name);
    if (dataset) setResult(await forecast(picked, settings, dataset, Number(back) || 0));
  });
  const skill = result?.skill;
  return (
    <>
      <div className="row end">
        <NativeSelect label="Series" data={(data ?? []).map((of) => of.name)} value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <NumberInput label="Rows before its end" description="Above 0, what came is known" value={back} onChange={setBack} min={0} allowDecimal={false} w={190} />
        <Button loading={run.busy} disabled={!data} onClick={() => void run.run()}>
          Forecast
        </Button>
      </div>
      <FailureNote failure={run.failure} />
      {result && (
        <div style={{ marginTop: '0.75rem' }}>
          {result.warnings.map((warning) => (
            <Alert key={warning} color="orange" variant="light" mb="sm" title="Before you trust it">
              {warning}
            </Alert>
          ))}
          <ForecastChart of={result} />
          {skill && (
            <p role="status">
              In {skill.origins} forecasts of the backtest its error was {short(skill.relativeError)} of the {skill.betterNaive} forecast's; {percent(skill.coverage)} of the values lay within the range meant for {percent(skill.nominalCoverage)}.
            </p>
          )}
        </div>
      )}
    </>
  );
}

function Write({ picked }: { picked: Picked }) {
  const [prompt, setPrompt] = useState('');
  const [tokens, setTokens] = useState<number | string>(200);
  const [temperature, setTemperature] = useState<number | string>(0.8);
  const [seed, setSeed] = useState<number | string>('');
  const [text, setText] = useState('');
  const [end, setEnd] = useState('');
  const abort = useRef<AbortController>(undefined);
  const write = useAction(async () => {
    abort.current = new AbortController();
    setText('');
    setEnd('');
    const request = { model: picked.ref, prompt, maxTokens: Number(tokens) || 0, temperature: temperature === '' ? undefined : Number(temperature), seed: seed === '' ? undefined : BigInt(seed) };
    for await (const { message } of api.rnn.generate(request, { signal: abort.current.signal })) {
      if (message.case === 'token') setText((before) => before + message.value.text);
      if (message.case === 'end') setEnd(`${message.value.tokens} tokens, seed ${message.value.seed}: ${END_NAMES[message.value.reason]}. ${message.value.warnings.join(' ')}`);
    }
  });
  return (
    <>
      <Textarea label="It begins with" description="Empty: the start of a text" autosize minRows={2} value={prompt} onChange={(event) => setPrompt(event.currentTarget.value)} />
      <div className="row end" style={{ marginTop: '0.5rem' }}>
        <NumberInput label="Tokens at most" value={tokens} onChange={setTokens} min={1} max={4096} w={130} hideControls allowDecimal={false} />
        <NumberInput label="Temperature" value={temperature} onChange={setTemperature} min={0} max={10} step={0.1} w={130} hideControls />
        <NumberInput label="Seed" placeholder="drawn" value={seed} onChange={setSeed} min={0} w={130} hideControls allowDecimal={false} />
        <Button loading={write.busy} onClick={() => void write.run()}>
          Write
        </Button>
        {write.busy && (
          <Button variant="default" onClick={() => abort.current?.abort()}>
            Stop
          </Button>
        )}
      </div>
      <FailureNote failure={write.failure} />
      <pre className="code text" aria-label="The text" aria-live="polite" tabIndex={0} style={{ marginTop: '0.75rem' }}>
        <b>{text ? prompt : ''}</b>
        {text}
      </pre>
      <p className="quiet" role="status">
        {end}
      </p>
    </>
  );
}

/** Recurrent models: forecasts drawn over the series, and texts as they are written. */
export function Rnn() {
  const { picked, controls, hint } = useModelPicker(Family.RNN);
  const settings = picked && specOf<ForecasterSettings>(picked.version);
  const key = picked && `${picked.ref.name}@${picked.version.version}`;
  return (
    <Page title="RNN" actions={controls}>
      {!picked && <p className="quiet">{hint}</p>}
      {picked && settings?.task === 'forecast' && (
        <Section title="Forecast">
          <Forecast key={key} picked={picked} settings={settings as ForecasterSettings} />
        </Section>
      )}
      {picked && settings?.task === 'generate' && (
        <Section title="Write a text">
          <Write key={key} picked={picked} />
        </Section>
      )}
      {picked && settings?.task !== 'forecast' && settings?.task !== 'generate' && (
        <Section title="Use it">
          <p>This model's task is {settings?.task}. The console has no page of its own for it yet; call it under Try it, or by `quartet`.</p>
        </Section>
      )}
    </Page>
  );
}
