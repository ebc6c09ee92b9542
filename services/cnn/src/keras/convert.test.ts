import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Models that real Keras saved, and what it answered: golden/keras, with the script that made them.

const GOLDEN = join(__dirname, '../../golden/keras');
const PIXELS = { unit: 1, byte: 2, signed: 3 };
const IMAGES = 4;
/** Without a softmax at their end: their answers are logits. */
const LOGITS = ['linear.keras', 'plain-h5.h5'];

interface Golden {
  shape: number[];
  pixels: keyof typeof PIXELS;
  /** Whether the import must be told of the pixels. */
  told: boolean;
  /** [images, classes], or [images, 1] for two classes. */
  outputs: number[][];
}

interface Answer {
  logits: number[];
  pixels: number;
  notes: string[];
  spec: { layers: object[]; normalization?: object };
  reason?: string;
  message?: string;
}

const golden = (JSON.parse(readFileSync(join(GOLDEN, 'golden.json'), 'utf8')) as { models: Record<string, Golden> }).models;

/** The script's images, 0..1. */
const images = (shape: number[]): number[] => Array.from({ length: IMAGES * shape.reduce((a, b) => a * b, 1) }, (_, at) => ((at * 37 + Math.floor(at / 7) * 11 + ((at * at) % 91)) % 256) / 255);

function softmax(row: number[]): number[] {
  const powers = row.map((value) => Math.exp(value - Math.max(...row)));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/** Runs all in one process of Node. */
function convert(tasks: object[]): Answer[] {
  const input = JSON.stringify(tasks.map((task) => ({ pixels: 0, maxBytes: 10_000_000, ...task })));
  return JSON.parse(execFileSync(process.execPath, [join(__dirname, '../testing/convert-models.cjs')], { input, stdio: ['pipe', 'pipe', 'ignore'], maxBuffer: 1e8 }).toString()) as Answer[];
}

describe('models that Keras saved', () => {
  const files = Object.keys(golden);
  let answers: Record<string, Answer>;
  beforeAll(() => {
    const tasks = files.map((name) => {
      const { shape, told, pixels } = golden[name]!;
      return { path: join(GOLDEN, name), name, shape: [IMAGES, ...shape], images: images(shape), pixels: told ? PIXELS[pixels] : 0 };
    });
    answers = Object.fromEntries(convert(tasks).map((answer, at) => [files[at]!, answer]));
  });

  it.each(files)('%s gives the same answers', (file) => {
    const { outputs, pixels } = golden[file]!;
    const { logits, pixels: range, notes } = answers[file]!;
    const classes = logits.length / IMAGES;
    const rows = outputs.map((_, row) => logits.slice(row * classes, (row + 1) * classes));
    const received = LOGITS.includes(file) ? rows : rows.map(softmax);
    const expected = outputs.map((row) => (row.length === 1 ? [1 - row[0]!, row[0]!] : row));
    expect(Math.max(...expected.flatMap((row, at) => row.map((value, index) => Math.abs(value - received[at]![index]!))))).toBeLessThan(1e-5);
    expect(range).toBe(PIXELS[pixels]);
    expect(notes).toEqual(file === 'nested.keras' ? ["RandomFlip 'random_flip' is left out: it does nothing but in training"] : []);
  });

  it('become layers of Quartet with the settings that they had', () => {
    expect(answers['functional.keras']!.spec.layers).toEqual([
      { kind: 'conv2d', filters: 6, kernelSize: 5, stride: 2, padding: 'same', activation: 'elu' },
      { kind: 'batchNormalization', momentum: 0.9, epsilon: 1e-5 },
      { kind: 'activation', activation: 'leakyRelu', slope: 0.1 },
      { kind: 'maxPool2d', size: 3, stride: 2, padding: 'same' },
      { kind: 'averagePool2d', size: 2, stride: 2, padding: 'same' },
      { kind: 'globalAveragePool' },
      { kind: 'dense', units: 5, activation: 'tanh' },
    ]);
  });
});

describe('models that are refused', () => {
  const cut = (file: string, bytes: number) => ({ bytes: readFileSync(join(GOLDEN, file)).subarray(0, bytes) });
  const cases: [what: string, file: string | { bytes: Uint8Array }, reason: string, message: RegExp, more?: object][] = [
    ['a Lambda', 'lambda.keras', 'INVALID_FIELD', /Lambda 'lambda': is no layer that Quartet has\. A Lambda holds code, and an import runs none/],
    ['branches', 'branches.keras', 'INVALID_FIELD', /Add 'add': inbound_nodes come from 2 layers\. Save a model whose layers follow one after the other/],
    ['weights alone', 'only.weights.h5', 'CORRUPT_DATA', /an HDF5 file with no model_config; expected a whole model/],
    ['an archive without weights', 'missing.keras', 'CORRUPT_DATA', /an archive without model\.weights\.h5 \(it has metadata\.json, config\.json\); expected a \.keras file/],
    ['weights of another model', 'mismatch.keras', 'CORRUPT_DATA', /weights of \[100, 8\], \[8\] for Dense '.*'; expected kernel \[144, 3\], bias \[3\]/],
    ['a path that climbs', 'escape.keras', 'CORRUPT_DATA', /\.\.\/\.\.\/escaped\.txt/],
    ['a bomb', 'bomb.keras', 'LIMIT_EXCEEDED', /bomb\.keras \(unpacked\)/],
    ['what unpacks to more than its ratio lets it', 'bomb.keras', 'CORRUPT_DATA', /bomb\.keras/, { maxBytes: 1e9 }],
    ['a config that is none', 'config.keras', 'CORRUPT_DATA', /a config with no class_name and config/],
    ['weights that lie in another file of the machine', 'outside.keras', 'CORRUPT_DATA', /HDF5 content that can't be read/],
    ['another kind of file', 'make_golden.py', 'CORRUPT_DATA', /a file that begins with .*; expected a \.keras or \.h5 file/],
    ['an empty file', { bytes: new Uint8Array(0) }, 'CORRUPT_DATA', /an empty file; expected a \.keras or \.h5 file/],
    ['half an archive', cut('plain.keras', 20_000), 'CORRUPT_DATA', /expected a complete zip archive/],
    ['half an HDF5 file', cut('plain-h5.h5', 9_000), 'CORRUPT_DATA', /HDF5 content that can't be read/],
    ['an HDF5 file of nothing but its first bytes', cut('plain-h5.h5', 8), 'CORRUPT_DATA', /HDF5 content that can't be read/],
    ['pixels of an unknown range', 'nested.keras', 'INVALID_FIELD', /Normalization 'normalization': comes first, and doesn't tell which numbers the model takes for a pixel\. Say so with `pixels`/],
  ];
  let answers: Answer[];
  beforeAll(() => {
    const folder = mkdtempSync(join(tmpdir(), 'quartet-keras-'));
    const tasks = cases.map(([, file, , , more], at) => {
      if (typeof file === 'string') return { path: join(GOLDEN, file), name: file, ...more };
      writeFileSync(join(folder, `${at}`), file.bytes);
      return { path: join(folder, `${at}`), name: 'model', ...more };
    });
    answers = convert(tasks);
    rmSync(folder, { recursive: true });
  });

  it.each(cases.map(([what, , reason, message], at) => [what, at, reason, message] as const))('%s', (_, at, reason, message) => {
    expect(answers[at]!.message).toMatch(message);
    expect(answers[at]!.reason).toBe(reason);
  });
});
