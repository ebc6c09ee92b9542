import { QuartetError } from '@quartet/contracts';

/** What a field's bytes are, by the low 3 bits of its tag. */
const [VARINT, FIXED64, LENGTH, , , FIXED32] = [0, 1, 2, 3, 4, 5];

const malformed = () => new QuartetError('INVALID_FIELD', "The request is not a message of the Open Inference Protocol. Check that the proto is inference/grpc_service.proto's.");

/** A varint of up to 10 bytes, and where it ends. */
function varint(bytes: Buffer, from: number): { value: number; end: number } {
  let value = 0;
  for (let at = from; at < Math.min(bytes.length, from + 10); at++) {
    const byte = bytes[at]!;
    // Beyond 2^53 a length is wrong anyway, and a plain number is skipped.
    value += (byte & 0x7f) * 2 ** (7 * (at - from));
    if (byte < 0x80) return { value, end: at + 1 };
  }
  throw malformed();
}

/** Calls `found` with each length-delimited field from `start` to `end`; the others are skipped. @throws QuartetError INVALID_FIELD */
function eachField(bytes: Buffer, start: number, end: number, found: (field: number, start: number, end: number) => void): void {
  for (let at = start; at < end; ) {
    const tag = varint(bytes, at);
    const field = Math.floor(tag.value / 8);
    const kind = tag.value % 8;
    at = tag.end;
    if (kind === VARINT) at = varint(bytes, at).end;
    else if (kind === FIXED64) at += 8;
    else if (kind === FIXED32) at += 4;
    else if (kind === LENGTH) {
      const length = varint(bytes, at);
      at = length.end + length.value;
      if (at > end) throw malformed();
      found(field, length.end, at);
    } else throw malformed();
    if (at > end) throw malformed();
  }
}

/**
 * Texts of a message by their field numbers, read from its bytes; the rest, tensors above all, is skipped. Empty where there is none; the
 * last one counts where there are several.
 * @throws QuartetError INVALID_FIELD for bytes that are no message.
 */
export function readTexts(bytes: Buffer, fields: readonly number[]): string[] {
  const found = fields.map(() => '');
  eachField(bytes, 0, bytes.length, (field, start, end) => {
    const own = fields.indexOf(field);
    if (own >= 0) found[own] = bytes.toString('utf8', start, end);
  });
  return found;
}

/**
 * The bytes at a path of field numbers, such as `[1, 1]` for a `model.name`; undefined where there are none. The last ones count where there
 * are several, as for decoders, which merge a message that comes in parts.
 * @returns undefined also for bytes that are no message: whoever decodes them says what is wrong.
 */
export function readBytesAt(bytes: Buffer, path: readonly number[]): Buffer | undefined {
  let found: Buffer | undefined;
  const walk = (depth: number, start: number, end: number): void =>
    eachField(bytes, start, end, (field, from, to) => {
      if (field !== path[depth]) return;
      if (depth === path.length - 1) found = bytes.subarray(from, to);
      else walk(depth + 1, from, to);
    });
  try {
    walk(0, 0, bytes.length);
  } catch {
    return undefined;
  }
  return found;
}

/** The text at a path of field numbers, as readBytesAt finds it. */
export const readTextAt = (bytes: Buffer, path: readonly number[]): string | undefined => readBytesAt(bytes, path)?.toString('utf8');
