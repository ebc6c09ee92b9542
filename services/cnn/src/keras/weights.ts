import type { Hdf5, StoredArray } from './hdf5';
import type { KerasLayer } from './layers';

/** Where a model's weights are. */
export interface KerasWeights {
  /** A layer's arrays, in the order in which Keras made them; none where the file has none for it. */
  of(layer: KerasLayer): StoredArray[];
  /** Whether those of a model within the model are told apart. */
  readonly nests: boolean;
}

/** No layer that is supported has more. */
const MAX_ARRAYS = 16;

/**
 * Of a .keras file: `layers/conv2d/vars/0`. The groups are named after the layers' classes and count on: `conv2d_1`; each says by an attribute
 * which layer it is of, and where it doesn't, they are counted here as well.
 */
export function archiveWeights(file: Hdf5): KerasWeights {
  const known = new Map<string, Map<string, string>>();
  const groupsIn = (container: string): Map<string, string> => {
    const groups = known.get(container) ?? new Map(file.children(container).flatMap((child) => namesOf(file, container, child).map((name) => [name, `${container}/${child}`])));
    known.set(container, groups);
    return groups;
  };
  const groupOf = (layer: KerasLayer): string => {
    const container = layer.within ? `${groupOf(layer.within)}/layers` : 'layers';
    return groupsIn(container).get(layer.name) ?? `${container}/${layer.storedAs}`;
  };
  return { nests: true, of: (layer) => numbered(file, `${groupOf(layer)}/vars`) };
}

function namesOf(file: Hdf5, container: string, child: string): string[] {
  const name = file.attribute(`${container}/${child}/vars`, 'name');
  return typeof name === 'string' ? [name] : [];
}

function numbered(file: Hdf5, group: string): StoredArray[] {
  const arrays: StoredArray[] = [];
  while (arrays.length < MAX_ARRAYS) {
    const array = file.array(`${group}/${arrays.length}`);
    if (!array) break;
    arrays.push(array);
  }
  return arrays;
}

/** Of an .h5 file: `model_weights/conv2d`, whose attribute `weight_names` lists the arrays below it. */
export function legacyWeights(file: Hdf5): KerasWeights {
  return {
    nests: false,
    of({ name }) {
      const group = `model_weights/${name}`;
      const names = file.attribute(group, 'weight_names');
      if (!Array.isArray(names)) return [];
      return names.slice(0, MAX_ARRAYS).flatMap((weight) => file.array(`${group}/${String(weight)}`) ?? []);
    },
  };
}
