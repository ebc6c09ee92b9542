// Bytes and quality of compressed digits, against JPEG and WebP: a rate-distortion curve, headers included, of single images and of batches
// of 100. `node bench/autoencoder/compression.mjs [--latent 16,32] [--epochs 10] [--seed 1] [--test 1000] [--json out.json]`
// JPEG and WebP get a batch as one picture of 10 x 10 images, which favours them: it spares 99 headers.
import { createRequire } from 'node:module';
import { core, decibels, finish, images, meanSquare, options, PIXELS, SIDE, trained, unit } from './common.mjs';

const require = createRequire(import.meta.url);
const sharp = require('sharp');
// Quartet's own reader lets PNG and JPEG in alone.
sharp.unblock({ operation: ['VipsForeignLoadWebp'] });
const { writeStream } = require('../../services/autoencoder/dist/compression/stream.js');
const TILES = 10;
const BATCH = TILES * TILES;
const QUALITIES = [1, 2, 3, 4, 5];

const given = options({ latent: { type: 'string', default: '8,16,32' } });
core.startEngine();
const { train, test } = await images({ test: '1000', ...given });
const count = Math.floor(Math.min(test.labels.length, 1000) / BATCH) * BATCH;
const pixels = test.pixels.subarray(0, count * PIXELS);
const clean = unit(pixels);

/** Mean bytes an image, alone and in batches of 100, and the PSNR of all. */
const points = [];

for (const latentSize of given.latent.split(',').map(Number)) {
  const { model } = await trained({ latentSize }, train.pixels, given);
  const runner = new core.AutoencoderRunner(model);
  const steps = core.fitLatentTable(runner.run(unit(train.pixels)).latent, latentSize);
  const { latent } = runner.run(clean);
  const program = new core.Program(model.weights);
  const decode = program.step('decode', ({ z }) => ({ outputs: { x: model.toExamples(model.decode(z)) } }));
  for (const quality of QUALITIES) {
    const stream = (first, rows) => {
      const code = core.encodeByTable({ steps }, latent.subarray(first * latentSize, (first + rows) * latentSize), quality);
      return { bytes: writeStream({ weights: '00000000', version: 1, quality, count: rows, rest: code }), back: core.decodeByTable({ steps }, code, rows, quality) };
    };
    let [alone, together] = [0, 0];
    const decoded = new Float32Array(count * PIXELS);
    for (let first = 0; first < count; first += 1) alone += stream(first, 1).bytes.length;
    for (let first = 0; first < count; first += BATCH) {
      const { bytes, back } = stream(first, BATCH);
      together += bytes.length;
      const [{ data }] = decode.run({ z: { dtype: 'float32', shape: [BATCH, latentSize], data: back } }, ['x']);
      decoded.set(data.map((value) => Math.round(value * 255) / 255), first * PIXELS);
    }
    points.push({ codec: `latent ${latentSize}`, quality, psnr: decibels(meanSquare(decoded, clean)), alone: alone / count, batch: together / count });
  }
}

/** Mean bytes of single images and of 10 x 10 pictures, each with its own PSNR. */
async function codec(name, encode, qualities) {
  for (const quality of qualities) {
    const single = { bytes: 0, error: 0 };
    for (let image = 0; image < count; image += 1) {
      const one = pixels.subarray(image * PIXELS, (image + 1) * PIXELS);
      const { bytes, back } = await through(encode, quality, one, SIDE, SIDE);
      single.bytes += bytes / count;
      single.error += meanSquare(unit(back), clean.subarray(image * PIXELS, (image + 1) * PIXELS)) / count;
    }
    const sheet = { bytes: 0, error: 0 };
    for (let first = 0; first < count; first += BATCH) {
      const tiled = tile(pixels.subarray(first * PIXELS, (first + BATCH) * PIXELS));
      const { bytes, back } = await through(encode, quality, tiled, TILES * SIDE, TILES * SIDE);
      sheet.bytes += bytes / count;
      sheet.error += (meanSquare(unit(back), unit(tiled)) * BATCH) / count;
    }
    points.push({ codec: name, quality, psnr: decibels(single.error), alone: single.bytes, batchPsnr: decibels(sheet.error), batch: sheet.bytes });
  }
}

async function through(encode, quality, raw, width, height) {
  const file = await encode(sharp(raw, { raw: { width, height, channels: 1 } }), quality).toBuffer();
  const back = await sharp(file).greyscale().raw().toBuffer();
  return { bytes: file.length, back };
}

function tile(some) {
  const sheet = new Uint8Array(some.length);
  for (let at = 0; at < some.length; at += 1) {
    const [image, y, x] = [Math.floor(at / PIXELS), Math.floor((at % PIXELS) / SIDE), at % SIDE];
    sheet[(Math.floor(image / TILES) * SIDE + y) * TILES * SIDE + (image % TILES) * SIDE + x] = some[at];
  }
  return sheet;
}

await codec('JPEG', (picture, quality) => picture.jpeg({ quality, mozjpeg: true }), [1, 5, 10, 20, 30, 50, 75]);
await codec('WebP', (picture, quality) => picture.webp({ quality, effort: 6 }), [1, 5, 10, 20, 30, 50, 75]);

/** Bytes that a codec needs for a PSNR, on the line between its points in logarithms; below its least, those of the least. */
function bytesAt(name, psnr, way) {
  const quality = way === 'batch' ? 'batchPsnr' : 'psnr';
  const curve = points.filter((point) => point.codec === name).sort((a, b) => a[quality] - b[quality]);
  const above = curve.findIndex((point) => point[quality] >= psnr);
  if (above === 0) return curve[0][way];
  if (above < 0) return Infinity;
  const [low, high] = [curve[above - 1], curve[above]];
  const share = (psnr - low[quality]) / (high[quality] - low[quality]);
  return Math.exp((1 - share) * Math.log(low[way]) + share * Math.log(high[way]));
}

const compared = points
  .filter((point) => point.codec.startsWith('latent'))
  .map((point) => ({ ...point, ...Object.fromEntries(['JPEG', 'WebP'].flatMap((name) => ['alone', 'batch'].map((way) => [`${name} ${way}`, bytesAt(name, point.psnr, way)]))) }));
const below = (way) => compared.filter((point) => point[way] < point[`JPEG ${way}`] && point[way] < point[`WebP ${way}`]).length;
finish({ epochs: given.epochs, seed: given.seed, train: given.train, images: count, below: { alone: below('alone'), batch: below('batch') }, compared, points: points.filter(({ codec: name }) => !name.startsWith('latent')) }, given);
