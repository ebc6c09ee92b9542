// The comments of proto/, as the console's forms show them.
import { fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';

// Field numbers of FileDescriptorProto, DescriptorProto, EnumDescriptorProto and ServiceDescriptorProto, of which a location's path is made.
const [MESSAGE, ENUM, SERVICE] = [4, 5, 6];
const [FIELD, NESTED, METHOD, VALUE] = [2, 3, 2, 2];

/** @returns comments by full name: `quartet.cnn.v1.TrainRequest.model`, of methods `quartet.cnn.v1.CnnService.Train`. */
export function commentsOf(descriptors) {
  const comments = {};
  for (const file of fromBinary(FileDescriptorSetSchema, descriptors).file) {
    if (!file.package.startsWith('quartet.') && file.package !== 'inference') continue;
    for (const { path, leadingComments } of file.sourceCodeInfo?.location ?? []) {
      const text = leadingComments?.trim().replaceAll(/\s*\n\s*/g, ' ');
      const name = text && nameOf(file, path);
      if (name) comments[`${file.package}.${name}`] = text;
    }
  }
  return comments;
}

function nameOf(file, [kind, at, ...rest]) {
  if (kind === MESSAGE) return inMessage(file.messageType[at], rest);
  if (kind === ENUM) return inside(file.enumType[at], rest, VALUE, (type) => type.value);
  if (kind === SERVICE) return inside(file.service[at], rest, METHOD, (type) => type.method);
  return undefined;
}

function inMessage(message, path) {
  if (path[0] === NESTED) {
    const inner = inMessage(message.nestedType[path[1]], path.slice(2));
    return inner && `${message.name}.${inner}`;
  }
  return inside(message, path, FIELD, (type) => type.field);
}

function inside(type, path, kind, members) {
  if (path.length === 0) return type.name;
  return path.length === 2 && path[0] === kind ? `${type.name}.${members(type)[path[1]].name}` : undefined;
}
