import { DatasetFormat, rnn, type Diagnostic, type TimeGradients, type TrainingEvent } from '@quartet/contracts';
import { Platform } from './testing/platform';

const STEPS = 64;

/** Noise, and as class the sign of its very first number, which has to be remembered to the end. */
function file(): string {
  let state = 7;
  const noise = (): number => (state = (state * 48271) % 2147483647) / 2147483647 - 0.5;
  const rows = Array.from({ length: 96 }, () => {
    const values = Array.from({ length: STEPS }, (_, t) => (t === 0 ? Math.sign(noise()) : noise()).toFixed(3));
    return `${values.join(',')}:${Number(values[0]) > 0 ? 'plus' : 'minus'}`;
  });
  return ['@classLabel true plus minus', '@data', ...rows].join('\n');
}

const diagnosticsOf = (events: readonly TrainingEvent[]): Diagnostic[] => events.flatMap(({ event }) => (event?.$case === 'diagnostic' ? [event.value] : []));
const looksOf = (events: readonly TrainingEvent[]): TimeGradients[] => events.flatMap(({ event }) => (event?.$case === 'progress' && event.value.timeGradients ? [event.value.timeGradients] : []));
const epochsOf = (events: readonly TrainingEvent[]): number[] => events.flatMap(({ event }) => (event?.$case === 'epochEnd' ? [event.value.epoch] : []));

/** Forecasts read the last state alone: what they are to learn from lies before it. */
const series = (): string => ['time,y', ...Array.from({ length: 400 }, (_, day) => `${new Date(Date.UTC(2020, 0, 1 + day)).toISOString().slice(0, 10)},${(Math.sin(day * 12.9898) * 43758.5453) % 1}`)].join('\n');

describe('gradients through time under watch', () => {
  let platform: Platform;
  beforeAll(async () => {
    platform = await Platform.start();
    await platform.upload('noise', 'noise.csv', series(), { format: DatasetFormat.DATASET_FORMAT_SERIES });
    await platform.upload('firsts', 'firsts_TRAIN.ts', file(), { format: DatasetFormat.DATASET_FORMAT_TS, validationShare: 0 });
  });
  afterAll(() => platform?.stop());

  const network = { cell: rnn.Cell.CELL_SIMPLE, units: 8, start: rnn.RecurrentStart.RECURRENT_START_GLOROT, dropout: 0 };
  const train = async (model: string, gradients: rnn.GradientPolicy) => {
    const spec = { network: { ...network, gradients }, window: 96, horizon: 1, ensemble: 1, season: 1 };
    const { job, events } = await platform.end(await platform.client.rnn.trainForecast({ model, dataset: 'noise', spec, options: { epochs: 20, batchSize: 16, seed: 1, validate: false } }));
    const version = await platform.client.models.getVersion({ model: { name: model, target: { $case: 'version', value: job.version } } });
    return { events, diagnostics: diagnosticsOf(events), epochs: epochsOf(events), version, manifest: JSON.parse(version.manifestJson) as { spec: { network: object }; extra: { gradients: Record<string, unknown> } } };
  };

  it('proposes remedies with evidence where the gradient vanishes', async () => {
    const { events, diagnostics, version, manifest } = await train('proposed', rnn.GradientPolicy.GRADIENT_POLICY_UNSPECIFIED);
    const vanishing = diagnostics.filter(({ verdict }) => verdict === 'vanishing');
    expect(vanishing).toHaveLength(1);
    expect(vanishing[0]).toMatchObject({ applied: false });
    expect(vanishing[0]!.evidence).toMatch(/^in member0\.recurrent\.0 \|dL\/dh_t\| goes from \S+ at step 86 of 96 to \S+ at the first; \d+ steps before the end it is below a hundredth of that; the recurrent kernel's spectral radius is \S+$/);
    expect(vanishing[0]!.remedy).toMatch(/use CELL_LSTM or CELL_GRU with memory 96, use RECURRENT_START_ORTHOGONAL, set layer_normalization, use shorter sequences/);
    expect(version.metrics['gradients/reach']).toBeLessThan(48);
    expect(version.metrics['gradients/spectralRadius']).toBeGreaterThan(0);
    expect(manifest.extra.gradients).toMatchObject({ policy: 'propose', applied: [], first: { step: 25 }, last: { curves: { 'member0.recurrent.0': expect.any(Array) } } });
    const looks = looksOf(events);
    expect(looks[0]).toMatchObject({ step: 25n, cells: [{ path: 'member0.recurrent.0', timeSteps: 96, norms: expect.any(Array) }] });
    expect(looks.at(-1)!.cells[0]!.reach).toBe(version.metrics['gradients/reach']);
    expect(looks.map(({ step }) => Number(step) % 25)).toEqual(looks.map(() => 0));
  });

  it('applies them where that is asked for: starts anew, with an LSTM whose gates start open', async () => {
    const { diagnostics, epochs, manifest } = await train('applied', rnn.GradientPolicy.GRADIENT_POLICY_APPLY);
    expect(diagnostics[0]).toMatchObject({ verdict: 'vanishing', applied: true, remedy: 'started anew with an LSTM in place of the simple cell, its gates that start with memories of up to 96 steps' });
    expect(diagnostics.filter(({ verdict, applied }) => verdict === 'vanishing' && !applied)).toEqual([]);
    // The training begins again, and is counted on.
    expect(epochs.at(-1)).toBeGreaterThan(20);
    expect(epochs).toEqual([...epochs].sort((a, b) => a - b));
    expect(manifest.spec.network).toMatchObject({ cell: 'lstm', memory: 96 });
    expect(manifest.extra.gradients).toMatchObject({ policy: 'apply', applied: [diagnostics[0]!.remedy] });
  });

  it('says nothing where it is turned off, nor of a classifier that looks at all of its steps', async () => {
    expect((await train('unwatched', rnn.GradientPolicy.GRADIENT_POLICY_OFF)).diagnostics).toEqual([]);
    const job = await platform.client.rnn.trainClassifier({ model: 'pooled', dataset: 'firsts', network, ensemble: 1, options: { epochs: 20, batchSize: 16, seed: 1 } });
    const { events } = await platform.end(job);
    expect(diagnosticsOf(events).filter(({ verdict }) => verdict === 'vanishing')).toEqual([]);
  });
});
