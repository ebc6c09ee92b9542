// A data set that a small network learns in a second: light images and dark ones, as IDX files.

const SIDE = 8;

function part(name, count) {
  const header = (magic, ...sizes) => {
    const bytes = Buffer.alloc(4 + 4 * sizes.length);
    [magic, ...sizes].forEach((value, i) => bytes.writeInt32BE(value, 4 * i));
    return bytes;
  };
  const labels = Buffer.from(Array.from({ length: count }, (_, i) => i % 2));
  const images = Buffer.concat([...labels].map((label, i) => image(label, i)));
  const file = (path, source) => ({ path, source, size: source.length });
  return [
    file(`${name}-images-idx3-ubyte`, Buffer.concat([header(0x803, count, SIDE, SIDE), images])),
    file(`${name}-labels-idx1-ubyte`, Buffer.concat([header(0x801, count), labels])),
  ];
}

/** @returns 64 pixels, those of label 1 light. */
export const image = (label, seed) => Buffer.from(Array.from({ length: SIDE * SIDE }, (_, i) => (label ? 180 : 10) + ((seed * 31 + i * 17) % 60)));

export const lightAndDark = () => [...part('train', 200), ...part('t10k', 40)];
