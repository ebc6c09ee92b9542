import { CoreError, type Violation } from '../errors';
import { deriveSeed, type Seed } from '../random';
import { logSoftmax } from './log-sum';
import { uniformNumbers } from './random';

export interface SamplingOptions {
  /** Below 1 sharpens the distribution, above 1 flattens it; 0 always takes the most probable token. 0 to 10. Default 1. */
  temperature?: number;
  /** Only the k most probable tokens (Fan et al., 2018); 0: all. Default 0. */
  topK?: number;
  /** Only the most probable tokens that together have this probability, the one that reaches it included (Holtzman et al., 2020). Default 1. */
  topP?: number;
  seed?: Seed;
}

export interface GenerationOptions extends SamplingOptions {
  maxTokens: number;
  /** Ends when the generated tokens end with one of these; such an end belongs to the result. */
  stop?: readonly (readonly number[])[];
}

/** Draws tokens from a model's logits: temperature first, then topK, then topP. Equal seeds and logits give equal tokens. */
export class TokenSampler {
  private readonly random: () => number;

  /** @throws CoreError INVALID_FIELD with a violation for each option out of its range. */
  constructor(private readonly options: SamplingOptions = {}) {
    check(options);
    this.random = uniformNumbers(deriveSeed(options.seed ?? 0, 'sampling'));
  }

  /** @param logits [tokens]. */
  next(logits: ArrayLike<number>): number {
    const { temperature = 1 } = this.options;
    const chances = this.candidates(temperature === 0 ? logits : Array.from(logits, (logit) => logit / temperature));
    const first = chances[0];
    if (!first || !Number.isFinite(first.chance)) throw new CoreError('NOT_FINITE', 'received logits of which none is finite, expected a distribution to draw from');
    if (temperature === 0) return first.token;
    let left = this.random() * chances.reduce((sum, { chance }) => sum + chance, 0);
    for (const { token, chance } of chances) if ((left -= chance) < 0) return token;
    return first.token;
  }

  /** Tokens to draw from, the most probable first. */
  private candidates(logits: ArrayLike<number>): { token: number; chance: number }[] {
    const { topK = 0, topP = 1 } = this.options;
    const all = Array.from(logSoftmax(logits), (log, token) => ({ token, chance: Math.exp(log) })).sort((a, b) => b.chance - a.chance);
    const some = topK > 0 ? all.slice(0, topK) : all;
    if (topP >= 1) return some;
    const total = some.reduce((sum, { chance }) => sum + chance, 0);
    let sum = 0;
    const needed = some.findIndex(({ chance }) => (sum += chance / total) >= topP);
    return needed < 0 ? some : some.slice(0, needed + 1);
  }
}

/**
 * Generates tokens one by one, so that each can be shown at once.
 *
 * @param logits Of the token after the prompt. @param step Takes a token, gives the logits of the one after it: [tokens].
 */
export function* generateTokens(logits: ArrayLike<number>, step: (token: number) => ArrayLike<number>, options: GenerationOptions): Generator<number, 'stop' | 'length'> {
  const { maxTokens, stop = [] } = options;
  if (!Number.isInteger(maxTokens) || maxTokens < 1) throw CoreError.invalid('maxTokens', `received ${maxTokens}, expected a whole number of at least 1`);
  const sampler = new TokenSampler(options);
  const generated: number[] = [];
  for (let current = logits; ; current = step(generated.at(-1) as number)) {
    const token = sampler.next(current);
    generated.push(token);
    yield token;
    if (stop.some((end) => end.length > 0 && end.every((each, index) => generated[generated.length - end.length + index] === each))) return 'stop';
    if (generated.length >= maxTokens) return 'length';
  }
}

function check({ temperature = 1, topK = 0, topP = 1 }: SamplingOptions): void {
  const violations: Violation[] = [];
  if (!(temperature >= 0 && temperature <= 10)) violations.push({ field: 'temperature', description: `received ${temperature}, expected 0 to 10` });
  if (!Number.isInteger(topK) || topK < 0) violations.push({ field: 'topK', description: `received ${topK}, expected a whole number of at least 0` });
  if (!(topP > 0 && topP <= 1)) violations.push({ field: 'topP', description: `received ${topP}, expected above 0, at most 1` });
  if (violations.length > 0) throw CoreError.invalidAll(violations);
}
