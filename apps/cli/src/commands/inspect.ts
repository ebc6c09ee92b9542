import { InvalidArgumentError, type Command } from 'commander';
import type { Input } from '@quartet/client';
import { Part, type cnn, type ModelRef } from '@quartet/contracts';
import { modelRef, number, seed } from '../arguments';
import { action, type Context } from '../context';
import { oneImage } from '../images/read-images';
import { writeFile } from '../images/write-file';
import { enumName, UsageError, writeDocument, writeTable } from '../output';
import { pngFile } from './explain';

/** Gradient ascent for several units of a large network takes a while. */
const DEADLINE_MS = 600_000;

interface InspectOptions {
  filters?: boolean;
  activations?: string;
  excite?: boolean;
  examples?: boolean;
  layer?: string;
  units?: number[];
  steps?: number;
  seed?: bigint;
  data?: string;
  search?: number;
  count?: number;
  output?: string;
}

type View = NonNullable<Input<cnn.InspectRequest>['view']>;

async function inspect(context: Context, model: Input<ModelRef>, o: InspectOptions): Promise<void> {
  const views = [o.filters, o.activations, o.excite, o.examples].filter(Boolean);
  if (views.length > 1) throw new UsageError('--filters, --activations, --excite and --examples are views of their own; give one at a time');
  if (views.length === 0 && o.output) throw new UsageError('--output draws one of --filters, --activations IMAGE, --excite or --examples; give one of them');
  if (o.examples) return examples(context, model, o);
  const { client, out, json } = context;
  const answer = await client.cnn.inspect({ model, view: viewOf(o), omitPicture: o.output === undefined }, { deadlineMs: DEADLINE_MS });
  if (o.output) writeFile(o.output, answer.picture);
  const { layers, filters, activations, units, modelVersion } = answer;
  if (json) {
    const found = { layers: layers.map(plain), filters: filters && shape(filters.shape), activations: activations.map(({ layer, silent }) => ({ layer, silent })), units: units.map(({ unit, name, value, before }) => ({ unit, name, value, before })) };
    return writeDocument(out, { model: model.name, version: Number(modelVersion), ...found, ...(o.output && { written: o.output }) });
  }
  if (filters) {
    const [height, width, channels, count] = filters.shape;
    out.line(`${count} filters of ${height} x ${width} over ${channels} channel${channels === 1n ? '' : 's'}`);
  } else if (activations.length > 0) {
    writeTable(out, [{ title: 'LAYER' }, { title: 'SHAPE' }, { title: 'SILENT CHANNELS', align: 'right' }], activations.map(({ layer, output, silent }) => [layer, shape(output!.shape), `${silent} of ${output!.shape.at(-1)}`]));
  } else if (units.length > 0) {
    writeTable(out, [{ title: 'UNIT' }, { title: 'ON GREY', align: 'right' }, { title: 'ON ITS IMAGE', align: 'right' }], units.map(({ unit, name, value, before }) => [name || `${unit}`, before.toPrecision(3), value.toPrecision(3)]));
  } else {
    writeTable(out, [{ title: 'LAYER' }, { title: 'KIND' }, { title: 'SHAPE' }], layers.map((layer) => [layer.name, layer.kind, shape(layer.shape)]));
  }
  end(context, model, modelVersion, o.output);
}

function viewOf(o: InspectOptions): View | undefined {
  if (o.filters) return { $case: 'filters', value: {} };
  if (o.activations !== undefined) return { $case: 'activations', value: { image: oneImage(o.activations), layers: o.layer ? [o.layer] : [], channels: o.count } };
  return o.excite ? { $case: 'unit', value: { layer: o.layer, units: o.units, steps: o.steps, seed: o.seed } } : undefined;
}

async function examples(context: Context, model: Input<ModelRef>, o: InspectOptions): Promise<void> {
  const { client, out, json } = context;
  const request = { model, layer: o.layer, units: o.units, dataset: o.data, search: o.search, count: o.count, omitPicture: o.output === undefined };
  const { units, dataset, part, searched, picture, modelVersion } = await client.cnn.findExamples(request, { deadlineMs: DEADLINE_MS });
  if (o.output) writeFile(o.output, picture);
  const from = enumName(Part[part], 'PART_');
  if (json) {
    const found = units.map(({ examples: own, ...unit }) => ({ ...unit, examples: own.map(({ index, ...rest }) => ({ ...rest, index: Number(index) })) }));
    return writeDocument(out, { model: model.name, version: Number(modelVersion), dataset, part: from, searched, units: found, ...(o.output && { written: o.output }) });
  }
  const line = ({ unit, name, examples: own }: cnn.UnitExamples): string[] => [name || `${unit}`, own.map(({ label }) => label).join(' '), own[0]?.value.toPrecision(3) ?? '-'];
  writeTable(out, [{ title: 'UNIT' }, { title: 'EXCITED BY' }, { title: 'MOST', align: 'right' }], units.map(line));
  out.line(`of ${searched} examples of ${dataset}, ${from} part`);
  end(context, model, modelVersion, o.output);
}

function end({ out }: Context, model: Input<ModelRef>, version: bigint, written: string | undefined): void {
  if (written) out.line(`drawn to ${written}`);
  out.line(out.paint('dim', `answered by ${model.name} version ${version}`));
}

const shape = (sizes: readonly bigint[]): string => sizes.join(' x ');
const plain = ({ name, kind, shape: sizes }: cnn.InspectedLayer) => ({ name, kind, shape: sizes.map(Number) });

function unitList(text: string): number[] {
  if (!/^\d{1,6}(,\d{1,6})*$/.test(text)) throw new InvalidArgumentError('It takes whole numbers with commas between, such as 0,3,17.');
  return text.split(',').map(Number);
}

export function addInspectCommand(program: Command): void {
  program
    .command('inspect')
    .description('look at what the layers of an image model have learned; without a view: list them')
    .argument('<model>', 'MODEL (its production version), MODEL@VERSION or MODEL@LABEL', modelRef)
    .option('--filters', 'view: the filters of the first convolution')
    .option('--activations <image>', 'view: what each layer makes of an image')
    .option('--excite', 'view: images that excite units, made by gradient ascent')
    .option('--examples', 'view: examples of a data set that excite units most')
    .option('--layer <name>', 'of --activations: this one alone; of --excite and --examples (default: the classes)')
    .option('--units <list>', 'of --excite and --examples, such as 0,3,17 (default: the first 16)', unitList)
    .option('--steps <n>', 'of --excite (default: 128)', number(1, 1024, true))
    .option('--seed <n>', 'of --excite: the same seed gives the same images', seed)
    .option('--data <name>', 'of --examples (default: what the model was trained on)')
    .option('--search <n>', 'of --examples: how many are looked at (default: 1000)', number(1, 10_000, true))
    .option('--count <n>', 'of --examples: how many a unit (default: 8); of --activations: channels that are drawn (default: 16)', number(1, 64, true))
    .option('--output <file.png>', 'draw the view', pngFile)
    .action(action(inspect));
}
