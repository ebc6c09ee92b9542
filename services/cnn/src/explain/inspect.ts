import { QuartetError, type cnn, type Version } from '@quartet/contracts';
import type { HostTensor, LayerInfo } from '@quartet/core';
import { toProtoTensor, Violations, type CallScope, type FamilyRuntime } from '@quartet/service-kit';
import { manifestOf } from '../model-info';
import { excitedUnits } from './excite-units';
import { asked, inspected, isSpatial, layerNamed, layersOf } from './layers';
import { activationsPicture, type LayerOutput } from './pictures/activations';
import { filtersPicture } from './pictures/filters';
import { unitsPicture } from './pictures/units';
import { checkPixels, readOne } from './read-one';

/** What of the answer depends on the view. */
type Seen = Pick<cnn.InspectResponse, 'filters' | 'activations' | 'units'> & { draw(): Promise<Buffer> };

const DEFAULT_CHANNELS = 16;
const MOST_CHANNELS = 64;

/** What a version's layers have learned. */
export async function inspect(runtime: FamilyRuntime, request: cnn.InspectRequest, call: CallScope): Promise<cnn.InspectResponse> {
  const version = await runtime.resolve(request.model, call);
  if (request.view) checkPixels(manifestOf(version).spec.inputShape);
  const layers = await layersOf(runtime, version, call);
  const { draw, ...seen } = await look(runtime, version, request, layers, call);
  return {
    modelVersion: version.version,
    layers: layers.map(inspected),
    picture: request.omitPicture ? Buffer.alloc(0) : await draw(),
    ...seen,
  };
}

async function look(runtime: FamilyRuntime, version: Version, { view }: cnn.InspectRequest, layers: readonly LayerInfo[], call: CallScope): Promise<Seen> {
  const nothing: Seen = { filters: undefined, activations: [], units: [], draw: async () => Buffer.alloc(0) };
  switch (view?.$case) {
    case 'filters': {
      const kernel = await filtersOf(runtime, version, call);
      return { ...nothing, filters: toProtoTensor(kernel), draw: () => filtersPicture(kernel) };
    }
    case 'activations': {
      const { inputShape } = manifestOf(version).spec;
      const image = await readOne(view.value.image, 'activations.image', inputShape);
      const channels = view.value.channels || DEFAULT_CHANNELS;
      const violations = new Violations();
      violations.integer('activations.channels', channels, 1, MOST_CHANNELS);
      violations.throwIfAny();
      const wanted = view.value.layers.length > 0 ? view.value.layers.map((name, at) => layerNamed(layers, name, `activations.layers[${at}]`)) : layers.filter(isSpatial);
      const outputs = await activationsOf(runtime, version, image, wanted, call);
      const activations = outputs.map(({ layer, output }) => ({ layer: layer.name, output: toProtoTensor(output), silent: silentChannels(output) }));
      return { ...nothing, activations, draw: () => activationsPicture({ image, shape: inputShape, outputs, channels }) };
    }
    case 'unit': {
      const { units, layer, shape } = await excitedUnits(runtime, version, view.value, layers, call);
      return { ...nothing, units, draw: () => unitsPicture(layer, units, shape) };
    }
    default:
      return nothing;
  }
}

async function filtersOf(runtime: FamilyRuntime, version: Version, call: CallScope): Promise<HostTensor> {
  const { filters } = await runtime.infer(version, 'filters', asked(), call);
  if (!filters) throw new QuartetError('WRONG_STATE', `${version.model} version ${version.version} has no convolution, so no filters to show`);
  return { ...filters, shape: filters.shape.slice(1), data: filters.data.slice() };
}

async function activationsOf(runtime: FamilyRuntime, version: Version, image: Float32Array, layers: readonly LayerInfo[], call: CallScope): Promise<LayerOutput[]> {
  const bytes = 4 * layers.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const most = runtime.settings.QUARTET_MAX_MESSAGE_BYTES / 2;
  if (bytes > most) throw QuartetError.invalid('activations.layers', `give ${bytes} bytes together, expected at most ${most} (half of QUARTET_MAX_MESSAGE_BYTES); name fewer layers`, 'LIMIT_EXCEEDED');
  const { inputShape } = manifestOf(version).spec;
  const found: LayerOutput[] = [];
  for (const layer of layers) {
    const { output } = await runtime.infer(version, `activations:${layer.name}`, { images: { dtype: 'float32', shape: [1, ...inputShape], data: image.slice() } }, call);
    found.push({ layer, output: { ...output!, shape: layer.shape, data: output!.data.slice() } });
  }
  return found;
}

function silentChannels({ shape, data }: HostTensor): number {
  const channels = shape.at(-1) ?? 0;
  const heard = new Uint8Array(channels);
  data.forEach((value, at) => value !== 0 && (heard[at % channels] = 1));
  return channels - heard.reduce((sum, each) => sum + each, 0);
}
