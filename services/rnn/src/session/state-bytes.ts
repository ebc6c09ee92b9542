import { createHash } from 'node:crypto';
import { QuartetError, type Version } from '@quartet/contracts';

/** Where a sequence stands. */
export interface SequenceState {
  steps: number;
  /** See packedState. */
  values: Float32Array;
}

/** What bytes of a state say of themselves. */
interface Header {
  format: 1;
  model: string;
  version: string;
  /** SHA-256 of the version's weights. */
  weights: string;
  steps: number;
  width: number;
}

const MAGIC = Buffer.from('quartet.rnn.state\n');
const CHECKSUM_BYTES = 32;
const FIELD = 'open.state';

const checksumOf = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

/** A state as bytes: a magic word, the header as a line of JSON, the numbers as little-endian float32, and SHA-256 of all before it. */
export function encodeState({ steps, values }: SequenceState, version: Version): Buffer {
  const header: Header = { format: 1, model: version.model, version: version.version.toString(), weights: version.weightsSha256, steps, width: values.length };
  const numbers = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => numbers.writeFloatLE(value, 4 * index));
  const body = Buffer.concat([MAGIC, Buffer.from(`${JSON.stringify(header)}\n`), numbers]);
  return Buffer.concat([body, checksumOf(body)]);
}

/**
 * @param width Numbers that the version's state has.
 * @throws QuartetError CORRUPT_DATA for bytes that are no state or were altered; WRONG_STATE for the state of another version.
 */
export function decodeState(given: Uint8Array, version: Version, width: number): SequenceState {
  const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
  const again = 'send the bytes as ExportState gave them';
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw corrupt(`received ${bytes.length} bytes that are no exported state; ${again}`);
  const body = bytes.subarray(0, Math.max(MAGIC.length, bytes.length - CHECKSUM_BYTES));
  if (!checksumOf(body).equals(bytes.subarray(body.length))) throw corrupt(`its checksum doesn't fit: it was cut off or altered; ${again}`);
  const end = body.indexOf('\n', MAGIC.length);
  const header = JSON.parse(body.toString('utf8', MAGIC.length, end)) as Header;
  if (header.format !== 1) throw corrupt(`received format ${String(header.format)}, expected 1; export the state anew`);
  checkVersion(header, version);
  const numbers = body.subarray(end + 1);
  if (header.width !== width || numbers.length !== 4 * width) throw corrupt(`received ${numbers.length} bytes of numbers, expected ${4 * width}; ${again}`);
  const values = Float32Array.from({ length: width }, (_, index) => numbers.readFloatLE(4 * index));
  if (!values.every(Number.isFinite) || !Number.isSafeInteger(header.steps) || header.steps < 0) throw corrupt(`holds numbers that are not finite; ${again}`);
  return { steps: header.steps, values };
}

function checkVersion(header: Header, version: Version): void {
  const is = `is of model '${header.model}' version ${header.version}`;
  if (header.model !== version.model || header.version !== version.version.toString()) {
    throw wrong(`${is}, but the session asks for '${version.model}' version ${version.version}; open it with that model and version`, version);
  }
  if (header.weights !== version.weightsSha256) throw wrong(`${is} with other weights than this platform's; start a new sequence`, version);
}

const corrupt = (description: string): QuartetError => QuartetError.invalid(FIELD, description, 'CORRUPT_DATA');
const wrong = (description: string, { model }: Version): QuartetError =>
  new QuartetError('WRONG_STATE', `${FIELD}: ${description}`, { violations: [{ field: FIELD, description }], metadata: { model } });
