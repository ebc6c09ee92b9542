/** A value of the Python literals that an .npy header may hold. */
export type Literal = string | number | boolean | null | Literal[] | { [key: string]: Literal };

/**
 * Reads a Python literal (dict, tuple, list, string, whole number, True, False, None) without evaluating anything.
 * @throws SyntaxError saying what stands at which character.
 */
export function parseLiteral(text: string): Literal {
  const reader = new LiteralReader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

/** NumPy's headers nest at most a few levels; a deeper one is made to exhaust the stack. */
const MAX_DEPTH = 16;

class LiteralReader {
  private at = 0;
  constructor(private readonly text: string) {}

  value(depth: number): Literal {
    if (depth > MAX_DEPTH) throw new SyntaxError(`nested deeper than ${MAX_DEPTH} levels`);
    if (this.take('{')) return this.dict(depth);
    if (this.take('(')) return this.sequence(')', depth);
    if (this.take('[')) return this.sequence(']', depth);
    const string = this.match(/'([^'\\]*)'|"([^"\\]*)"/y);
    if (string) return string[1] ?? string[2] ?? '';
    // Python 2 wrote its long integers with an L.
    const number = this.match(/(-?\d+)L?/y);
    if (number) return Number(number[1]);
    const word = this.match(/True|False|None/y);
    if (word) return word[0] === 'None' ? null : word[0] === 'True';
    throw this.unexpected('a value');
  }

  end(): void {
    if (this.match(/[^]/y)) throw new SyntaxError(`text after the value`);
  }

  private dict(depth: number): Literal {
    const out: { [key: string]: Literal } = Object.create(null) as { [key: string]: Literal };
    while (!this.take('}')) {
      const key = this.value(depth + 1);
      if (typeof key !== 'string' || !this.take(':')) throw this.unexpected(`'key': value`);
      if (key in out) throw new SyntaxError(`key '${key}' twice`);
      out[key] = this.value(depth + 1);
      if (!this.take(',') && !this.ahead('}')) throw this.unexpected(', or }');
    }
    return out;
  }

  private sequence(close: string, depth: number): Literal[] {
    const out: Literal[] = [];
    while (!this.take(close)) {
      out.push(this.value(depth + 1));
      if (!this.take(',') && !this.ahead(close)) throw this.unexpected(`, or ${close}`);
    }
    return out;
  }

  private match(pattern: RegExp): RegExpExecArray | null {
    this.skipSpace();
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found) this.at = pattern.lastIndex;
    return found;
  }

  private ahead(sign: string): boolean {
    this.skipSpace();
    return this.text.startsWith(sign, this.at);
  }

  private take(sign: string): boolean {
    if (!this.ahead(sign)) return false;
    this.at += sign.length;
    return true;
  }

  private skipSpace(): void {
    while (this.at < this.text.length && ' \t\r\n'.includes(this.text[this.at]!)) this.at++;
  }

  private unexpected(wanted: string): SyntaxError {
    const found = this.text.slice(this.at, this.at + 10) || 'the end';
    return new SyntaxError(`${wanted} wanted at character ${this.at}, found ${JSON.stringify(found)}`);
  }
}
