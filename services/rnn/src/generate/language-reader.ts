import type { Version } from '@quartet/contracts';
import type { HostTensor } from '@quartet/core';
import type { CallScope, FamilyRuntime } from '@quartet/service-kit';
import { READ_TOKENS } from './plan';

/** A text that a language model has read so far. */
export class LanguageReader {
  /** Of the token that comes next, [tokens]. Before the first token was read: none. */
  logits: Float32Array = new Float32Array(0);

  /** @param state Where the text stands; see packedState. */
  constructor(
    private readonly runtime: FamilyRuntime,
    private readonly version: Version,
    public state: Float32Array,
  ) {}

  /** A text that nothing was read of. @param width Of the state. */
  static blank(runtime: FamilyRuntime, version: Version, width: number): LanguageReader {
    return new LanguageReader(runtime, version, new Float32Array(width));
  }

  /** Reads tokens, one or many at a time. */
  async read(ids: ArrayLike<number>, call: CallScope): Promise<void> {
    if (ids.length === 1) return this.#run('step', { token: int32([1], Int32Array.of(ids[0]!)) }, call);
    for (let at = 0; at < ids.length; at += READ_TOKENS) {
      const count = Math.min(READ_TOKENS, ids.length - at);
      const tokens = new Int32Array(READ_TOKENS);
      for (let t = 0; t < count; t++) tokens[t] = ids[at + t]!;
      await this.#run('serving_default', { tokens: int32([1, READ_TOKENS], tokens), length: int32([1], Int32Array.of(count)) }, call);
    }
  }

  async #run(method: string, inputs: Record<string, HostTensor>, call: CallScope): Promise<void> {
    const state: HostTensor = { dtype: 'float32', shape: [1, this.state.length], data: this.state };
    const { logits, nextState } = await this.runtime.infer(this.version, method, { ...inputs, state }, call);
    // Copies: what came belongs to the whole batch.
    this.logits = Float32Array.from(logits!.data);
    this.state = Float32Array.from(nextState!.data);
  }
}

const int32 = (shape: number[], data: Int32Array): HostTensor => ({ dtype: 'int32', shape, data });
