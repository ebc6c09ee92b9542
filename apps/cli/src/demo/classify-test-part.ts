import { DataType, Part } from '@quartet/contracts';
import { tensorToTypedArray, type QuartetClient } from '@quartet/client';

/** One classified test image. */
export interface Prediction {
  /** [height * width] grey values 0..255. */
  pixels: Uint8Array;
  label: number;
  predicted: number;
  probability: number;
}

export interface Classified {
  predictions: Prediction[];
  height: number;
  width: number;
  /** Milliseconds spent in Classify calls, all in all. */
  ms: number;
}

/** Rows a ReadExamples call. */
const READ = 2000;
/** Images a Classify call; below the default QUARTET_MAX_BATCH. */
const BATCH = 250;
/** Classify calls under way at once, so that the service can work while answers travel. */
const AT_ONCE = 4;

/** Runs `work` over the items, `limit` at a time. */
async function inParallel<T>(items: readonly T[], limit: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: limit }, worker));
}

/** Reads the test part of a data set through the gateway and has the model's production version classify all of it. */
export async function classifyTestPart(client: QuartetClient, dataset: string, model: string, options: { signal: AbortSignal; onProgress: (done: number, total: number, ms: number) => void }): Promise<Classified> {
  const { signal } = options;
  const part = (await client.datasets.getDataset({ name: dataset }, { signal })).parts.find(({ part }) => part === Part.PART_TEST);
  const total = Number(part?.count ?? 0n);
  const classified: Classified = { predictions: [], height: 0, width: 0, ms: 0 };
  for (let offset = 0; offset < total; offset += READ) {
    const { examples, labels } = await client.datasets.readExamples({ name: dataset, part: Part.PART_TEST, offset, count: Math.min(READ, total - offset) }, { signal });
    if (!examples || !labels) throw new Error(`the registry sent no examples for rows from ${offset} of the test part of ${dataset}`);
    const pixels = tensorToTypedArray(examples) as Uint8Array;
    const truth = tensorToTypedArray(labels) as Int32Array;
    const [, height = 0, width = 0, channels = 1] = examples.shape.map(Number);
    Object.assign(classified, { height, width });
    const size = height * width * channels;
    const starts = Array.from({ length: Math.ceil(truth.length / BATCH) }, (_, at) => at * BATCH);
    const rows: Prediction[] = new Array<Prediction>(truth.length);
    const began = performance.now();
    await inParallel(starts, AT_ONCE, async (start) => {
      const count = Math.min(BATCH, truth.length - start);
      const batch = { dtype: DataType.DATA_TYPE_UINT8, shape: [count, height, width, channels], data: pixels.subarray(start * size, (start + count) * size) };
      const { results } = await client.cnn.classify({ model: { name: model }, input: { $case: 'batch', value: batch } }, { signal });
      results.forEach(({ classes: [best] }, index) => {
        const row = start + index;
        rows[row] = { pixels: pixels.subarray(row * size, (row + 1) * size), label: truth[row]!, predicted: best?.index ?? -1, probability: best?.probability ?? 0 };
      });
    });
    classified.ms += performance.now() - began;
    classified.predictions.push(...rows);
    options.onProgress(classified.predictions.length, total, classified.ms);
  }
  return classified;
}

/** [true class][predicted class]: examples. */
export function confusionOf(predictions: readonly Prediction[], classes: number): number[][] {
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (const { label, predicted } of predictions) matrix[label]![predicted]! += 1;
  return matrix;
}
