import { DataType, Part, QuartetError, type cnn, type Dataset, type Version } from '@quartet/contracts';
import { fromBytes, toUnitRange, type LayerInfo } from '@quartet/core';
import { Violations, type CallScope, type FamilyRuntime } from '@quartet/service-kit';
import { manifestOf } from '../model-info';
import { layerNamed, layersOf, LOGITS, unitsOf } from './layers';
import { examplesPicture, type Found } from './pictures/examples';
import { checkPixels } from './read-one';

const DEFAULT_SEARCH = 1000;
const MOST_SEARCH = 10_000;
const DEFAULT_COUNT = 8;
const MOST_COUNT = 32;
/** Examples, and numbers, of one read. */
const READ = 50;
const READ_NUMBERS = 2 ** 22;

/** The examples of a data set that excite units of a layer most. */
export async function findExamples(runtime: FamilyRuntime, request: cnn.FindExamplesRequest, call: CallScope): Promise<cnn.FindExamplesResponse> {
  const search = request.search || DEFAULT_SEARCH;
  const count = request.count || DEFAULT_COUNT;
  const violations = new Violations();
  violations.integer('search', search, 1, MOST_SEARCH);
  violations.integer('count', count, 1, MOST_COUNT);
  violations.throwIfAny();
  const version = await runtime.resolve(request.model, call);
  const { spec, classNames, extra } = manifestOf(version);
  checkPixels(spec.inputShape);
  const layer = layerNamed(await layersOf(runtime, version, call), request.layer || LOGITS, 'layer');
  const units = unitsOf(layer, request.units, 'units');
  const dataset = await runtime.dataset(request.dataset || trainedOn(extra), call);
  checkFits(dataset, spec.inputShape);
  const part = request.part || [Part.PART_TEST, Part.PART_VALIDATION].find((each) => countOf(dataset, each) > 0) || Part.PART_TRAIN;
  const searched = Math.min(search, countOf(dataset, part));
  if (searched === 0) throw QuartetError.invalid('part', `${Part[part]} of '${dataset.name}' has no examples; name another part or data set`);
  const best = units.map((): Found[] => []);
  for await (const { image, index, label, means } of excitations(runtime, version, layer, { dataset, part, searched }, call)) {
    units.forEach((unit, at) => {
      const [own, value] = [best[at]!, means[unit] ?? 0];
      if (own.length === count && value <= own.at(-1)!.value) return;
      // The first of equals stays first.
      const place = own.findIndex((other) => other.value < value);
      own.splice(place < 0 ? own.length : place, 0, { index: BigInt(index), label, value, image });
      own.length = Math.min(count, own.length);
    });
  }
  const found = units.map((unit, at) => ({ unit, name: layer.name === LOGITS ? (classNames[unit] ?? '') : '', examples: best[at]! }));
  return {
    modelVersion: version.version,
    picture: request.omitPicture ? Buffer.alloc(0) : await examplesPicture(layer, found, spec.inputShape),
    units: found.map(({ examples, ...unit }) => ({ ...unit, examples: examples.map(({ index, label, value }) => ({ index, label, value })) })),
    dataset: dataset.name,
    part,
    searched,
  };
}

const trainedOn = ({ dataset }: Record<string, unknown>): string => (typeof dataset === 'string' ? dataset : '');

const countOf = ({ parts }: Dataset, wanted: Part): number => Number(parts.find(({ part }) => part === wanted)?.count ?? 0n);

function checkFits({ name, schema }: Dataset, inputShape: readonly number[]): void {
  const shape = (schema?.exampleShape ?? []).map(Number);
  if (schema?.kind === 'image' && shape.join() === inputShape.join()) return;
  throw QuartetError.invalid('dataset', `'${name}' has ${schema?.kind ?? 'no'} examples of shape [${shape.join(', ')}], the model takes images of [${inputShape.join(', ')}]; name a data set of those`, 'SHAPE_MISMATCH');
}

interface Search {
  dataset: Dataset;
  part: Part;
  searched: number;
}

/** Examples, evenly spread over the part, each with its units' means. */
async function* excitations(runtime: FamilyRuntime, version: Version, layer: LayerInfo, { dataset, part, searched }: Search, call: CallScope): AsyncIterable<{ image: Float32Array; index: number; label: string; means: Float32Array }> {
  const { inputShape } = manifestOf(version).spec;
  const size = inputShape.reduce((a, b) => a * b, 1);
  const units = layer.shape.at(-1) ?? 0;
  const most = Math.max(1, Math.min(READ, runtime.settings.QUARTET_MAX_BATCH, Math.floor(READ_NUMBERS / size)));
  for (let first = 0; first < searched; first += most) {
    const offset = Math.floor((first * countOf(dataset, part)) / searched);
    const rows = Math.min(most, searched - first);
    const { examples, labels } = await runtime.registry.datasets.readExamples({ name: dataset.name, part, offset, count: rows }, { signal: call.signal });
    const { dtype, shape, data } = examples!;
    const images = toUnitRange(fromBytes(dtype === DataType.DATA_TYPE_UINT8 ? 'uint8' : 'float32', shape.map(Number), data));
    const classes = fromBytes('int32', labels!.shape.map(Number), labels!.data).data;
    // The engine takes the memory over.
    const { output } = await runtime.infer(version, `means:${layer.name}`, { images: { ...images, data: images.data.slice() } }, call);
    for (let row = 0; row < rows; row += 1) {
      yield {
        image: Float32Array.from(images.data.subarray(row * size, (row + 1) * size)),
        index: offset + row,
        label: dataset.schema?.classNames[classes[row] ?? -1] ?? '',
        means: Float32Array.from(output!.data.subarray(row * units, (row + 1) * units)),
      };
    }
  }
}
