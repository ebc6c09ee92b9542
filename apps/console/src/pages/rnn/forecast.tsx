import { Button, NativeSelect, NumberInput } from '@mantine/core';
import { useState } from 'react';
import { forecast, type Forecasted, type ForecasterSettings } from '../../api/forecast';
import { allDatasets } from '../../api/lists';
import { useAction, useLive } from '../../api/use-live';
import { Chart } from '../../parts/chart';
import { FailureNote } from '../../parts/failure';
import { percent, short } from '../../parts/format';
import { specOf, type Picked } from '../../parts/model-picker';
import { Section } from '../../parts/page';
import { Warnings } from '../../parts/warnings';

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

/** A forecast with its interval, drawn over the series; against what came, where that is known. */
export function Forecast({ picked }: { picked: Picked }) {
  const settings = specOf<ForecasterSettings>(picked.version) as ForecasterSettings;
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
    <Section title="Forecast">
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
          <Warnings of={result.warnings} />
          <ForecastChart of={result} />
          {skill && (
            <p role="status">
              In {skill.origins} forecasts of the backtest its error was {short(skill.relativeError)} of the {skill.betterNaive} forecast's; {percent(skill.coverage)} of the values lay within the range meant for {percent(skill.nominalCoverage)}.
            </p>
          )}
        </div>
      )}
    </Section>
  );
}
