import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Where a command writes, and whether a person is looking at it. */
export interface Output {
  readonly stream: NodeJS.WriteStream;
  /** A terminal: bars may move and lines may change. */
  readonly live: boolean;
  readonly width: number;
  line(text?: string): void;
  /** Coloured where the stream is a terminal and NO_COLOR is unset. */
  paint(style: Style, text: string): string;
  readonly colours: boolean;
}

/** NO_COLOR and FORCE_COLOR, as Node itself reads them, on top of whether the stream is a terminal. */
function wantsColour(stream: NodeJS.WriteStream): boolean {
  if (process.env['NO_COLOR']) return false;
  return stream.isTTY === true && stream.hasColors();
}

export function openOutput(stream: NodeJS.WriteStream): Output {
  const colours = wantsColour(stream);
  return {
    stream,
    live: stream.isTTY === true && process.env['TERM'] !== 'dumb',
    colours,
    get width() {
      return stream.columns || 80; // A pseudo-terminal without a size says 0.
    },
    line: (text = '') => void stream.write(`${text}\n`),
    paint: (style, text) => (colours ? styleText(style, text, { validateStream: false }) : text),
  };
}
