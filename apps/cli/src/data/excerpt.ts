import { Part, type Dataset } from '@quartet/contracts';
import { tensorToTypedArray, type QuartetClient } from '@quartet/client';
import { bytes } from '../output';

const KINDS = ['text', 'pairs', 'tagged', 'recording', 'caption'];
/** Training records that are shown, and how much of each. */
const [ROWS, LONGEST] = [3, 100];

/** Kinds whose examples are fields of bytes, of any lengths. */
export const isRecords = (kind: string): boolean => KINDS.includes(kind);

/** The first records of the training part, a line each; nothing for other kinds of data. */
export async function excerpt(client: QuartetClient, { name, schema, parts }: Dataset): Promise<string[]> {
  const train = parts.find(({ part }) => part === Part.PART_TRAIN);
  if (!schema || !isRecords(schema.kind) || !train) return [];
  const lines: string[] = [];
  // One at a time: a record may be as long as a message.
  for (let row = 0; row < Math.min(ROWS, Number(train.count)); row++) {
    const { examples, labels } = await client.datasets.readExamples({ name, part: Part.PART_TRAIN, offset: row, count: 1 });
    const [label = -1, ...lengths] = tensorToTypedArray(labels!) as Int32Array;
    let at = 0;
    const fields = lengths.map((length) => examples!.data.subarray(at, (at += length)));
    const className = label >= 0 ? `[${schema.classNames[label]}] ` : '';
    lines.push(`${row + 1}. ${className}${describe(schema.kind, fields, schema.sampleRate)}`);
  }
  return lines;
}

function describe(kind: string, [first = Buffer.alloc(0), second = Buffer.alloc(0)]: Buffer[], sampleRate: number): string {
  switch (kind) {
    case 'pairs':
      return `${short(first)} -> ${short(second)}`;
    case 'tagged': {
      const tags = second.toString().split('\n');
      return cut(first.toString().split('\n').map((token, at) => `${token}/${tags[at]}`).join(' '));
    }
    case 'recording':
      return `${(first.length / 2 / sampleRate).toFixed(2)} s${second.length > 0 ? `: ${short(second)}` : ''}`;
    case 'caption':
      return `${first[0] === 0x89 ? 'PNG' : 'JPEG'} of ${bytes(first.length)}: ${short(second)}`;
    default:
      return short(first);
  }
}

/** The start of a text in one line, its line breaks as blanks. */
const short = (text: Buffer): string => cut(text.subarray(0, LONGEST * 4).toString().replace(/\s+/g, ' '));

function cut(text: string): string {
  const characters = [...text];
  return characters.length > LONGEST ? `${characters.slice(0, LONGEST).join('')}...` : text;
}
