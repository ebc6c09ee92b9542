import { Program, tokenCrossEntropy, type HostTensor, type Tensor } from '@quartet/core';
import { packedState } from '../network/packed-state';
import { END, PAD, START } from '../text/tokenizer';
import type { LanguageNetwork } from './network';
import type { TokenStream } from './token-stream';

/** How well a language model foretells texts. */
export interface LanguageReport {
  /** exp of the mean nats a token, the ends of the texts included. */
  perplexity: number;
  /** Nats of all tokens over the texts' characters, in bits. */
  bitsPerCharacter: number;
  tokens: number;
  /** Share of the tokens that stand for what the tokenizer doesn't know: what is behind them, the model didn't have to foretell. */
  unknownShare: number;
}

/** Rows that are read side by side; each begins without context. */
const ROWS = 16;
const WINDOW = 64;

/** Reads the stream from start to end, the states carried along. What follows an end is a start, which needs no foretelling. */
export function measureLanguage(network: LanguageNetwork, { tokens, characters, unknown }: TokenStream): LanguageReport {
  const rows = Math.max(1, Math.min(ROWS, Math.floor((tokens.length - 1) / WINDOW)));
  const stride = Math.ceil((tokens.length - 1) / rows);
  const packed = packedState(network.stateUnits);
  const program = new Program(network.weights);
  const step = program.step('measure', ({ ids, state }: Record<'ids' | 'state', Tensor>) => {
    const { logits, states } = network.apply(ids.slice([0, 0], [rows, WINDOW]), { training: false }, packed.unpack(state));
    return { outputs: { nats: tokenCrossEntropy(logits, ids.slice([0, 1], [rows, WINDOW])), state: packed.pack(states) } };
  });
  let state: HostTensor = { dtype: 'float32', shape: [rows, packed.width], data: new Float32Array(rows * packed.width) };
  let [sum, count] = [0, 0];
  try {
    for (let at = 0; at < stride; at += WINDOW) {
      // What lies beyond a row's share or the stream's end isn't counted.
      const place = (row: number, t: number): number => row * stride + at + t;
      const ids = Int32Array.from({ length: rows * (WINDOW + 1) }, (_, index) => tokens[place(Math.floor(index / (WINDOW + 1)), index % (WINDOW + 1))] ?? PAD);
      const [nats, next] = step.run({ ids: { dtype: 'int32', shape: [rows, WINDOW + 1], data: ids }, state }, ['nats', 'state']);
      state = next!;
      for (let row = 0; row < rows; row++) {
        for (let t = 0; t < WINDOW && at + t < stride && place(row, t) + 1 < tokens.length; t++) {
          if (tokens[place(row, t)] === END || tokens[place(row, t) + 1] === START) continue;
          sum += nats!.data[row * WINDOW + t]!;
          count++;
        }
      }
    }
  } finally {
    program.dispose();
  }
  return { perplexity: Math.exp(sum / count), bitsPerCharacter: sum / Math.LN2 / characters, tokens: count, unknownShare: unknown / count };
}
