import { tf, type Tensor, type Variable } from '../engine';
import { CoreError } from '../errors';
import { deriveSeed, type Seed } from '../random';
import type { NamedVariable } from './layer';

/** Fresh values of a weight: they depend on shape and seed alone. */
export type Initializer = (shape: number[], seed: number) => Tensor;

/** Makes a model's variables and keeps them, in the order of their making. Frees all with `dispose`. */
export class Parameters {
  /** Of the whole model, whichever scope this is. */
  readonly all: NamedVariable[];

  /** @param seed Of the whole model; each weight's own follows from it and the weight's name. */
  constructor(
    private readonly seed: Seed,
    /** What the names of this scope's weights begin with: `layers.0.` */
    readonly prefix = '',
    all: NamedVariable[] = [],
  ) {
    this.all = all;
  }

  /** The same model's parameters, their names below `name`: `layers.0.` and then `kernel`. */
  scope(name: string | number): Parameters {
    return new Parameters(this.seed, `${this.prefix}${name}.`, this.all);
  }

  /** A weight that training changes. @throws CoreError INTERNAL when the name is taken. */
  weight(name: string, shape: number[], initializer: Initializer): Variable {
    return this.add(name, true, () => initializer(shape, deriveSeed(this.seed, this.prefix + name)));
  }

  /** A variable that the forward pass itself changes in training, or nothing does. @param value At first. */
  statistic(name: string, shape: number[], value: number | Initializer): Variable {
    const initializer = typeof value === 'number' ? (): Tensor => tf().fill(shape, value) : value;
    return this.add(name, false, () => initializer(shape, deriveSeed(this.seed, this.prefix + name)));
  }

  dispose(): void {
    for (const { variable } of this.all) variable.dispose();
  }

  private add(name: string, trainable: boolean, make: () => Tensor): Variable {
    const full = this.prefix + name;
    if (this.all.some((other) => other.name === full)) throw new CoreError('INTERNAL', `two weights are named ${full}; give each layer a scope of its own`);
    const variable = tf().tidy(() => tf().variable(make(), trainable));
    this.all.push({ name: full, variable, trainable });
    return variable;
  }
}
