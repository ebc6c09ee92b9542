// Beam search with a trained encoder-decoder, many sources side by side, on captured steps.
import { core, int32 } from './process.mjs';

/** @param pad Makes [rows, sourceLength] int32 of sequences. */
export class Translator {
  constructor(model, weights, { sourceLength, maxLength, start, end, width, lengthPenalty, pad }) {
    Object.assign(this, { model, sourceLength, maxLength, start, end, width, lengthPenalty, pad });
    const functions = core.decoderFunctions(model, sourceLength);
    this.program = new core.Program(weights);
    const captured = (name) => this.program.step(name, (inputs) => ({ outputs: functions[name].compute(inputs) }));
    this.encode = captured('encode');
    this.step = captured('step');
    this.states = core.stateNames(model.stateUnits(1).length);
    this.nextStates = core.stateNames(model.stateUnits(1).length, true);
  }

  /** @returns The best hypothesis of each source. */
  translate(sources) {
    const { width, model } = this;
    const rows = sources.flatMap((source) => Array.from({ length: width }, () => source));
    const sourceLength = int32([rows.length], Int32Array.from(rows, (row) => row.length));
    const [memory, ...first] = this.encode.run({ source: this.pad(rows, this.sourceLength), sourceLength }, ['memory', ...this.states]);
    let states = first;
    const results = core.beamSearch({
      examples: sources.length,
      tokens: model.options.targetTokens,
      start: this.start,
      end: this.end,
      maxLength: this.maxLength,
      width,
      lengthPenalty: this.lengthPenalty,
      step: (token, parents) => {
        const given = Object.fromEntries(this.states.map((name, index) => [name, core.gatherRows(states[index], parents)]));
        const [logProbabilities, ...next] = this.step.run({ token: int32([token.length], token), sourceLength, memory, ...given }, ['logProbabilities', ...this.nextStates]);
        states = next;
        return { logProbabilities: logProbabilities.data };
      },
    });
    return results.map(([best]) => best);
  }

  dispose() {
    this.program.dispose();
  }
}
