import { readFileSync } from 'node:fs';
import { createFileRegistry, fromBinary, type DescMessage } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { descriptorSetPath } from './descriptors';

const REFERENCE = 'quartet.common.v1.ModelRef';
/** `ModelRef.name`. */
const NAME = 1;

let known: ReadonlyMap<string, readonly number[]> | undefined;

/**
 * Where a method's request, or the first message of its stream, has the name of the model that it uses: field numbers from the outside in,
 * `[1, 1]` for `model.name`, `[1, 1, 1]` for `open.model.name`. Every family's calls have it in a field `model` of the type ModelRef, so a
 * new family's are found without a word about it here.
 * @param path `/quartet.cnn.v1.CnnService/Classify`
 * @returns undefined for a method that uses no model, such as one that trains one
 */
export function modelNamePath(path: string): readonly number[] | undefined {
  known ??= read();
  return known.get(path);
}

function read(): Map<string, readonly number[]> {
  const found = new Map<string, readonly number[]>();
  for (const type of createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(descriptorSetPath)))) {
    if (type.kind !== 'service') continue;
    for (const { name, input } of type.methods) {
      const at = referenceIn(input) ?? referenceInOneof(input);
      if (at) found.set(`/${type.typeName}/${name}`, [...at, NAME]);
    }
  }
  return found;
}

const referenceIn = ({ fields }: DescMessage): number[] | undefined => {
  const field = fields.find(({ name, message }) => name === 'model' && message?.typeName === REFERENCE);
  return field && [field.number];
};

/** Of a stream whose messages are of several kinds, one of which names the model. */
function referenceInOneof({ oneofs }: DescMessage): number[] | undefined {
  for (const { number, message } of oneofs.flatMap(({ fields }) => fields)) {
    const inner = message && referenceIn(message);
    if (inner) return [number, ...inner];
  }
  return undefined;
}
