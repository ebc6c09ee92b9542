import { QuartetError, type cnn, type Version } from '@quartet/contracts';
import { excite, type LayerInfo } from '@quartet/core';
import { toProtoTensor, Violations, type CallScope, type FamilyRuntime } from '@quartet/service-kit';
import { manifestOf } from '../model-info';
import { layerNamed, LOGITS, unitsOf } from './layers';

const DEFAULT_STEPS = 128;
const MOST_STEPS = 1024;
/** Steps of all units together times the numbers of an image. */
const MOST_WORK = 2 ** 31;
/** An image is shifted by up to this share of its shorter side. */
const JITTER = 1 / 20;

/** For each unit that is asked for an image that excites it. Each step is a run of its own in the engine, which other calls can come between. */
export async function excitedUnits(runtime: FamilyRuntime, version: Version, view: cnn.UnitView, layers: readonly LayerInfo[], call: CallScope): Promise<{ units: cnn.ExcitedUnit[]; layer: LayerInfo; shape: readonly number[] }> {
  const { spec, classNames } = manifestOf(version);
  const shape = spec.inputShape;
  const layer = layerNamed(layers, view.layer || LOGITS, 'unit.layer');
  const wanted = unitsOf(layer, view.units, 'unit.units');
  const { steps, smoothness, decay } = checked(view);
  const work = steps * wanted.length * shape.reduce((a, b) => a * b, 1);
  if (work > MOST_WORK) throw QuartetError.invalid('unit.steps', `are ${steps} for each of ${wanted.length} units, too much work for images of [${shape.join(', ')}]; ask for fewer steps or units`, 'LIMIT_EXCEEDED');
  const units: cnn.ExcitedUnit[] = [];
  for (const unit of wanted) {
    const { image, value, before } = await excite(slopeOf(runtime, version, layer, unit, call), {
      shape,
      grey: spec.normalization?.mean ?? new Array<number>(shape[2] ?? 1).fill(0.5),
      steps,
      seed: view.seed,
      smoothness,
      decay,
      jitter: Math.round(Math.min(shape[0] ?? 0, shape[1] ?? 0) * JITTER),
    });
    units.push({ unit, name: layer.name === LOGITS ? (classNames[unit] ?? '') : '', image: toProtoTensor({ dtype: 'float32', shape: [...shape], data: image }), value, before });
  }
  return { units, layer, shape };
}

function checked({ steps: given, smoothness = 1, decay = 0.5 }: cnn.UnitView): { steps: number; smoothness: number; decay: number } {
  const steps = given || DEFAULT_STEPS;
  const violations = new Violations();
  violations.integer('unit.steps', steps, 1, MOST_STEPS);
  violations.number('unit.smoothness', smoothness, 0, 100);
  violations.number('unit.decay', decay, 0, 100);
  violations.throwIfAny();
  return { steps, smoothness, decay };
}

function slopeOf(runtime: FamilyRuntime, version: Version, { name }: LayerInfo, unit: number, call: CallScope) {
  const shape = [1, ...manifestOf(version).spec.inputShape];
  return async (data: Float32Array): Promise<{ value: number; slope: Float32Array }> => {
    const inputs = { images: { dtype: 'float32' as const, shape, data }, channels: { dtype: 'int32' as const, shape: [1], data: Int32Array.of(unit) } };
    const { value, slope } = await runtime.infer(version, `slope:${name}`, inputs, call);
    return { value: value!.data[0] ?? 0, slope: Float32Array.from(slope!.data) };
  };
}
