import { CoreError, type Violation } from '../errors';
import type { LayerSpec, NetworkSpec } from './spec';

const ACTIVATIONS = ['linear', 'relu', 'leakyRelu', 'elu', 'tanh', 'sigmoid'];
const PADDINGS = ['same', 'valid'];
const HEADS = ['classes', 'labels', 'numbers'];
const MAX_LAYERS = 256;

type Rule = (value: unknown) => string | undefined;
interface Field {
  rule: Rule;
  required?: boolean;
}

const whole =
  (least: number, most: number): Rule =>
  (value) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most
      ? undefined
      : `a whole number from ${least} to ${most}`;
const between =
  (least: number, most: number): Rule =>
  (value) =>
    typeof value === 'number' && value >= least && value <= most ? undefined : `a number from ${least} to ${most}`;
const above0: Rule = (value) => (Number.isFinite(value) && (value as number) > 0 ? undefined : 'a number above 0');
const oneOf =
  (names: string[]): Rule =>
  (value) =>
    names.includes(value as string) ? undefined : `one of ${names.join(', ')}`;

const POOL: Record<string, Field> = { size: { rule: whole(1, 31) }, stride: { rule: whole(1, 31) }, padding: { rule: oneOf(PADDINGS) } };

const isBoolean: Rule = (value) => (typeof value === 'boolean' ? undefined : 'true or false');
const FILTERS: Field = { rule: whole(1, 4096), required: true };
const STRIDE: Field = { rule: whole(1, 31) };
const ACTIVATION: Field = { rule: oneOf(ACTIVATIONS) };
const WINDOW: Record<string, Field> = { kernelSize: { rule: whole(1, 31) }, stride: STRIDE, padding: { rule: oneOf(PADDINGS) }, activation: ACTIVATION, bias: { rule: isBoolean } };
const BLOCK: Record<string, Field> = { filters: FILTERS, stride: STRIDE, activation: ACTIVATION };

const LAYER_FIELDS: Record<LayerSpec['kind'], Record<string, Field>> = {
  conv2d: { filters: FILTERS, ...WINDOW },
  depthwiseConv2d: WINDOW,
  separableConv2d: { filters: FILTERS, ...WINDOW },
  residualBlock: BLOCK,
  separableBlock: BLOCK,
  activation: { activation: ACTIVATION, slope: { rule: between(0, 10) } },
  maxPool2d: POOL,
  averagePool2d: POOL,
  globalAveragePool: {},
  flatten: {},
  dense: { units: { rule: whole(1, 65_536), required: true }, activation: ACTIVATION },
  dropout: { rate: { rule: between(0, 0.95), required: true } },
  batchNormalization: { momentum: { rule: between(0, 1) }, epsilon: { rule: between(1e-12, 1) } },
};

/**
 * Checks a spec that came from outside, field by field; whether the layers fit together is planNetwork's to say.
 *
 * @throws CoreError INVALID_FIELD with a violation for each bad field, named by its path: `spec.layers[2].filters`.
 */
export function validateNetworkSpec(spec: unknown): asserts spec is NetworkSpec {
  if (!isObject(spec)) throw CoreError.invalid('spec', `received ${show(spec)}, expected an object`);
  const violations = [
    ...checkInput(spec.inputShape),
    ...check('spec.classes', spec.classes, whole(spec.head === undefined || spec.head === 'classes' ? 2 : 1, 65_536)),
    ...(spec.head === undefined ? [] : check('spec.head', spec.head, oneOf(HEADS))),
    ...checkNormalization('spec.normalization', spec.normalization, Array.isArray(spec.inputShape) ? spec.inputShape.at(-1) : undefined, 'channel'),
    ...checkNormalization('spec.targets', spec.targets, spec.classes, 'output'),
    ...(spec.temperature === undefined ? [] : check('spec.temperature', spec.temperature, above0)),
    ...checkLayers(spec.layers),
    ...unknownFields('spec', spec, ['inputShape', 'normalization', 'layers', 'classes', 'head', 'targets', 'temperature']),
  ];
  if (violations.length > 0) throw CoreError.invalidAll(violations);
}

function checkInput(shape: unknown): Violation[] {
  const isImage = Array.isArray(shape) && shape.length === 3 && shape.every((size) => whole(1, 8192)(size) === undefined);
  return isImage ? [] : [mismatch('spec.inputShape', shape, '[height, width, channels], each from 1 to 8192')];
}

/** @param length How many numbers there are to be, one for each `each`. */
function checkNormalization(path: string, normalization: unknown, length: unknown, each: string): Violation[] {
  if (normalization === undefined) return [];
  if (!isObject(normalization)) return [mismatch(path, normalization, 'an object')];
  const lengthFits = (values: unknown): values is unknown[] => Array.isArray(values) && values.length === length;
  const violations: Violation[] = [];
  const { mean, standardDeviation } = normalization;
  if (!lengthFits(mean) || !mean.every((value) => Number.isFinite(value))) violations.push(mismatch(`${path}.mean`, mean, `${show(length)} finite numbers, one a ${each}`));
  if (!lengthFits(standardDeviation) || !standardDeviation.every((value) => above0(value) === undefined)) {
    violations.push(mismatch(`${path}.standardDeviation`, standardDeviation, `${show(length)} numbers above 0, one a ${each}`));
  }
  return [...violations, ...unknownFields(path, normalization, ['mean', 'standardDeviation'])];
}

function checkLayers(layers: unknown): Violation[] {
  if (!Array.isArray(layers) || layers.length < 1 || layers.length > MAX_LAYERS) {
    const received = Array.isArray(layers) ? `${layers.length} layers` : layers;
    return [mismatch('spec.layers', received, `1 to ${MAX_LAYERS} layers`)];
  }
  return layers.flatMap((layer: unknown, index) => checkLayer(`spec.layers[${index}]`, layer));
}

function checkLayer(path: string, layer: unknown): Violation[] {
  if (!isObject(layer)) return [mismatch(path, layer, 'an object with a kind')];
  const kind = layer.kind as LayerSpec['kind'];
  if (!Object.hasOwn(LAYER_FIELDS, kind)) return check(`${path}.kind`, kind, oneOf(Object.keys(LAYER_FIELDS)));
  const fields = LAYER_FIELDS[kind];
  const violations = Object.entries(fields).flatMap(([name, { rule, required }]) =>
    layer[name] === undefined && !required ? [] : check(`${path}.${name}`, layer[name], rule),
  );
  if (layer.slope !== undefined && layer.activation !== 'leakyRelu' && layer.activation !== 'elu') {
    violations.push({ field: `${path}.slope`, description: `is of leakyRelu and elu; ${show(layer.activation ?? 'relu')} has none, so leave it out` });
  }
  return [...violations, ...unknownFields(path, layer, ['kind', ...Object.keys(fields)])];
}

function check(field: string, value: unknown, rule: Rule): Violation[] {
  const expected = rule(value);
  return expected === undefined ? [] : [mismatch(field, value, expected)];
}

function unknownFields(path: string, object: Record<string, unknown>, known: string[]): Violation[] {
  return Object.keys(object)
    .filter((name) => !known.includes(name) && object[name] !== undefined)
    .map((name) => ({ field: `${path}.${name}`, description: `unknown field; expected only ${known.join(', ')}` }));
}

function mismatch(field: string, received: unknown, expected: string): Violation {
  return { field, description: `received ${show(received)}, expected ${expected}` };
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : typeof value === 'string' ? value : JSON.stringify(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
