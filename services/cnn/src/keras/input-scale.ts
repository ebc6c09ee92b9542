import { cnn } from '@quartet/contracts';
import type { Normalization } from '@quartet/core';
import { show, type Attributes } from './attributes';
import type { StoredArray } from './hdf5';

/** Keras' least standard deviation in a Normalization. */
const EPSILON = 1e-7;
/** A Rescaling by less than this makes bytes small. */
const LARGEST_BYTE_SCALE = 0.05;
const { PIXEL_RANGE_UNIT, PIXEL_RANGE_BYTE, PIXEL_RANGE_SIGNED, PIXEL_RANGE_UNSPECIFIED } = cnn.PixelRange;

/** y = scale * x + offset, for each channel: what a model does to the pixels before its first layer that learns. */
export class InputScale {
  private scale: number[];
  private offset: number[];
  /** Of the numbers that the model takes; undefined until its first layer is known. */
  private range: cnn.PixelRange;

  constructor(
    private readonly channels: number,
    asked: cnn.PixelRange,
  ) {
    this.range = asked;
    this.scale = new Array<number>(channels).fill(1);
    this.offset = new Array<number>(channels).fill(0);
  }

  /** A Rescaling, before any layer that learns. */
  rescale(layer: Attributes): void {
    const [scale, offset] = [this.perChannel(layer, 'scale', 1), this.perChannel(layer, 'offset', 0)];
    if (this.range === PIXEL_RANGE_UNSPECIFIED) {
      if (scale.every((value) => Math.abs(value) < LARGEST_BYTE_SCALE)) this.range = PIXEL_RANGE_BYTE;
      else this.unclear(layer);
    }
    this.apply(scale, offset);
  }

  /** A Normalization, before any layer that learns: (x - mean) / sqrt(variance). @param stored Its arrays, if it was adapted. */
  normalize(layer: Attributes, stored: readonly StoredArray[]): void {
    layer.only('axis', [-1, 3, [-1], [3]], 'Use axis -1: a mean and a variance for each channel');
    layer.only('invert', [false], 'Use invert=False');
    const [mean, variance] = stored.length >= 2 ? [this.read(layer, 'mean', stored[0]!), this.read(layer, 'variance', stored[1]!)] : [this.perChannel(layer, 'mean', 0), this.perChannel(layer, 'variance', 1)];
    if (this.range === PIXEL_RANGE_UNSPECIFIED) this.unclear(layer);
    const deviation = variance.map((value) => Math.max(Math.sqrt(value), EPSILON));
    this.apply(deviation.map((value) => 1 / value), mean.map((value, channel) => -value / deviation[channel]!));
  }

  /** @returns what a network of Quartet's does first, which sees pixels of 0..1; undefined: nothing. */
  finish(layer: Attributes): { pixels: cnn.PixelRange; normalization: Normalization | undefined } {
    const pixels = this.range || PIXEL_RANGE_UNIT;
    const [factor, shift] = pixels === PIXEL_RANGE_BYTE ? [255, 0] : pixels === PIXEL_RANGE_SIGNED ? [2, -1] : [1, 0];
    const offset = this.offset.map((value, channel) => value + this.scale[channel]! * shift);
    const scale = this.scale.map((value) => value * factor);
    if (!scale.every((value) => value > 0 && Number.isFinite(value)) || !offset.every(Number.isFinite)) {
      layer.refuse('', `comes after pixels are multiplied by ${show(scale)}, with ${show(offset)} added`, 'Use a scale above 0, and finite numbers');
    }
    if (scale.every((value) => value === 1) && offset.every((value) => value === 0)) return { pixels, normalization: undefined };
    return { pixels, normalization: { mean: offset.map((value, channel) => -value / scale[channel]!), standardDeviation: scale.map((value) => 1 / value) } };
  }

  private apply(scale: readonly number[], offset: readonly number[]): void {
    this.scale = this.scale.map((value, channel) => value * scale[channel]!);
    this.offset = this.offset.map((value, channel) => value * scale[channel]! + offset[channel]!);
  }

  private unclear(layer: Attributes): void {
    layer.refuse('', "comes first, and doesn't tell which numbers the model takes for a pixel", 'Say so with `pixels`: 0..1, 0..255 or -1..1');
  }

  /** A number for all channels, or a list with one for each, however deep it lies. */
  private perChannel(layer: Attributes, name: string, otherwise: number): number[] {
    const value = layer.get(name) ?? otherwise;
    const flat: unknown[] = Array.isArray(value) ? (value as unknown[]).flat(4) : [value];
    if (flat.every((one): one is number => typeof one === 'number')) {
      if (flat.length === 1) return new Array<number>(this.channels).fill(flat[0]!);
      if (flat.length === this.channels) return flat;
    }
    layer.refuse(name, `is ${show(value)}`, `It takes a number, or ${this.channels}, one a channel`);
    return new Array<number>(this.channels).fill(otherwise);
  }

  private read(layer: Attributes, name: string, array: StoredArray): number[] {
    const count = array.shape.reduce((a, b) => a * b, 1);
    if (count === this.channels) return [...array.read()];
    layer.refuse(name, `has shape ${show(array.shape)}`, `It takes ${this.channels} numbers, one a channel`);
    return new Array<number>(this.channels).fill(1);
  }
}
