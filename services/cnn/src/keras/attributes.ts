import type { Activation } from '@quartet/core';
import { isObject, type KerasLayer } from './layers';
import type { Refusals } from './problems';

// Readers of a layer's config. What Quartet hasn't is refused by the layer's name and the attribute's, with what would do.

export class Attributes {
  constructor(
    readonly layer: KerasLayer,
    readonly refusals: Refusals,
  ) {}

  get(name: string): unknown {
    return this.layer.config[name];
  }

  refuse(attribute: string, problem: string, remedy: string): void {
    this.refusals.add(this.layer, attribute, problem, remedy);
  }

  /** @param otherwise Where the config hasn't it. */
  number(name: string, otherwise: number): number {
    const value = this.get(name) ?? otherwise;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    this.refuse(name, `is ${show(value)}`, 'It takes a number');
    return otherwise;
  }

  boolean(name: string, otherwise: boolean): boolean {
    const value = this.get(name) ?? otherwise;
    if (typeof value === 'boolean') return value;
    this.refuse(name, `is ${show(value)}`, 'It takes true or false');
    return otherwise;
  }

  /** A size that is the same along both axes: `[3, 3]` or `3`. */
  square(name: string, otherwise: number): number {
    const value = this.get(name) ?? otherwise;
    const [height, width] = Array.isArray(value) ? (value as unknown[]) : [value, value];
    if (typeof height === 'number' && height === width && Number.isInteger(height) && height >= 1) return height;
    this.refuse(name, `is ${show(value)}`, 'Quartet has the same size along both axes: use one number');
    return otherwise;
  }

  padding(): 'same' | 'valid' {
    const value = this.get('padding') ?? 'valid';
    if (value === 'same' || value === 'valid') return value;
    this.refuse('padding', `is ${show(value)}`, 'Use "same" or "valid"');
    return 'valid';
  }

  /** Refuses a value that isn't what Quartet always has. */
  only(name: string, wanted: readonly unknown[], remedy: string): void {
    const value = this.get(name);
    if (value === undefined || value === null || wanted.some((one) => JSON.stringify(one) === JSON.stringify(value))) return;
    this.refuse(name, `is ${show(value)}`, remedy);
  }

  channelsLast(): void {
    this.only('data_format', ['channels_last'], 'Build the model with data_format "channels_last"');
  }

  /** The activation's name in Keras; `linear` for none. */
  activation(name = 'activation'): string {
    const value = this.get(name) ?? 'linear';
    const named = isObject(value) && value.class_name === 'function' ? value.config : value;
    if (typeof named === 'string') return named;
    this.refuse(name, `is ${show(value)}`, `Use one of ${Object.keys(ACTIVATIONS).join(', ')}`);
    return 'linear';
  }

  /** An activation inside the network. */
  hiddenActivation(): Activation {
    const name = this.activation();
    const found = Object.hasOwn(ACTIVATIONS, name) ? ACTIVATIONS[name] : undefined;
    if (found) return found;
    this.refuse('activation', `is ${show(name)}`, name === 'softmax' ? 'Quartet has softmax at the end of a network only' : `Use one of ${Object.keys(ACTIVATIONS).join(', ')}`);
    return 'linear';
  }
}

/** Keras' activations, as functions of their default settings. */
const ACTIVATIONS: Record<string, Activation> = { linear: 'linear', relu: 'relu', leaky_relu: 'leakyRelu', elu: 'elu', tanh: 'tanh', sigmoid: 'sigmoid' };

export const show = (value: unknown): string => (JSON.stringify(value) ?? 'unset').slice(0, 120);
