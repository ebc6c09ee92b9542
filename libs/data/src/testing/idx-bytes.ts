/** An IDX file's bytes: type code, sizes, data as given. */
export function idxBytes(type: number, shape: number[], data: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header[2] = type;
  header[3] = shape.length;
  shape.forEach((size, axis) => header.writeUInt32BE(size, 4 + 4 * axis));
  return Buffer.concat([header, data]);
}

/** `count` images of 4x4 whose every pixel tells the index, and labels that go round `classes`. */
export function idxPair(count: number, classes: number): { images: Buffer; labels: Buffer } {
  const images = new Uint8Array(count * 16).map((_, i) => Math.floor(i / 16) % 256);
  const labels = new Uint8Array(count).map((_, i) => i % classes);
  return { images: idxBytes(8, [count, 4, 4], images), labels: idxBytes(8, [count], labels) };
}
