import { readFileSync } from 'node:fs';
import { createFileRegistry, fromBinary, toBinary, type DescFile, type FileRegistry } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';

/** The proto files of a FileDescriptorSet, found by name and by what they define, as they were compiled. */
export class Descriptors {
  private readonly registry: FileRegistry;

  constructor(path: string) {
    this.registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(path)));
  }

  /** A file as a FileDescriptorProto, and after it all that it imports, each once; undefined if there is no such file. */
  withImports(file: DescFile | undefined): Buffer[] | undefined {
    if (!file) return undefined;
    const files = new Set<DescFile>();
    const visit = (next: DescFile) => {
      if (files.has(next)) return;
      files.add(next);
      next.dependencies.forEach(visit);
    };
    visit(file);
    return [...files].map(({ proto }) => Buffer.from(toBinary(FileDescriptorProtoSchema, proto)));
  }

  fileByName(name: string): DescFile | undefined {
    return this.registry.getFile(name);
  }

  /** The file that defines a message, enum, service, method or field, by its full name. */
  fileOfSymbol(symbol: string): DescFile | undefined {
    const own = this.registry.get(symbol);
    if (own) return own.file;
    const cut = symbol.lastIndexOf('.');
    const parent = this.registry.get(symbol.slice(0, cut));
    const member = symbol.slice(cut + 1);
    if (parent?.kind === 'service' && parent.methods.some(({ name }) => name === member)) return parent.file;
    if (parent?.kind === 'message' && parent.members.some(({ name }) => name === member)) return parent.file;
    return undefined;
  }

  isMessage(name: string): boolean {
    return this.registry.getMessage(name) !== undefined;
  }
}
