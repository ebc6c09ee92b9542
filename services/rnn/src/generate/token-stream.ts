import { deriveSeed, type BatchSource, type EvaluationSource, type ExampleBatch } from '@quartet/core';
import { END, START, UNKNOWN, type Tokenizer } from '../text/tokenizer';

/** Texts as one row of tokens. */
export interface TokenStream {
  /** Each text between START and END. */
  tokens: Int32Array;
  /** Unicode code points of the texts. */
  characters: number;
  /** Tokens that stand for what the tokenizer doesn't know. */
  unknown: number;
}

export function streamOf(texts: Iterable<string>, tokenizer: Tokenizer): TokenStream {
  const parts: Int32Array[] = [];
  let [length, characters, unknown] = [0, 0, 0];
  for (const text of texts) {
    const ids = tokenizer.encode(text);
    const whole = new Int32Array(ids.length + 2);
    whole[0] = START;
    whole.set(ids, 1);
    whole[whole.length - 1] = END;
    parts.push(whole);
    length += whole.length;
    characters += Array.from(text).length;
    unknown += ids.reduce((count, id) => count + Number(id === UNKNOWN), 0);
  }
  const tokens = new Int32Array(length);
  let at = 0;
  for (const part of parts) {
    tokens.set(part, at);
    at += part.length;
  }
  return { tokens, characters, unknown };
}

/** How a stream is laid out for training: rows side by side, each read from its start to its end. */
export interface Layout {
  rows: number;
  stepsPerEpoch: number;
}

/** Fewer rows than asked for where the stream is short; undefined: it is shorter than a window and the token after it. */
export function layoutOf(tokens: number, batchSize: number, window: number): Layout | undefined {
  const rows = Math.min(batchSize, Math.floor((tokens - 1) / window));
  if (rows < 1) return undefined;
  return { rows, stepsPerEpoch: Math.floor((Math.floor(tokens / rows) - 1) / window) || 1 };
}

/** Each epoch starts elsewhere in the stream, by the seed, so that windows are cut elsewhere. */
export function trainingWindows({ tokens }: TokenStream, { rows, stepsPerEpoch }: Layout, window: number, seed: bigint): BatchSource {
  const stride = Math.floor(tokens.length / rows);
  return {
    stepsPerEpoch,
    batch(epoch, step): ExampleBatch {
      const shift = deriveSeed(seed, 'window', epoch) % tokens.length;
      const ids = new Int32Array(rows * (window + 1));
      for (let row = 0; row < rows; row++) {
        for (let t = 0; t <= window; t++) ids[row * (window + 1) + t] = tokens[(shift + row * stride + step * window + t) % tokens.length]!;
      }
      return inputs(ids, rows, window + 1, step === 0);
    },
  };
}

const EVALUATION_ROWS = 16;

/** Windows that follow each other, each with a window before it as context; of a shorter stream, all of it. */
export function evaluationWindows({ tokens }: TokenStream, window: number): EvaluationSource {
  const width = Math.min(tokens.length, 2 * window + 1);
  const starts: number[] = [];
  for (let at = 0; at + width <= tokens.length; at += window) starts.push(at);
  return {
    *batches() {
      for (let at = 0; at < starts.length; at += EVALUATION_ROWS) {
        const some = starts.slice(at, at + EVALUATION_ROWS);
        const ids = new Int32Array(EVALUATION_ROWS * width);
        for (let row = 0; row < EVALUATION_ROWS; row++) ids.set(tokens.subarray(some[row] ?? some[0]!, (some[row] ?? some[0]!) + width), row * width);
        yield { ...inputs(ids, EVALUATION_ROWS, width, true), count: some.length };
      }
    },
  };
}

function inputs(ids: Int32Array, rows: number, width: number, fresh: boolean): ExampleBatch {
  return {
    inputs: {
      tokens: { dtype: 'int32', shape: [rows, width], data: ids },
      fresh: { dtype: 'float32', shape: [rows], data: new Float32Array(rows).fill(fresh ? 1 : 0) },
    },
    count: rows,
  };
}
