import type { inference } from '@quartet/contracts';
import { splitElements } from './bytes-elements';

/** The rows of an FP32 output [batch, ...]; none where the answer hasn't got it so. */
export function floatRows({ outputs, rawOutputContents }: inference.ModelInferResponse, name: string): Float32Array[] {
  const at = outputs.findIndex((output) => output.name === name && output.datatype === 'FP32');
  if (at < 0) return [];
  const raw = rawOutputContents[at];
  // Copied: floats want an address that is a multiple of 4.
  const values = raw ? new Float32Array(Uint8Array.from(raw).buffer) : Float32Array.from(outputs[at]!.contents?.fp32Contents ?? []);
  const rows = Number(outputs[at]!.shape[0] ?? 0n);
  const size = values.length / rows;
  return Array.from({ length: rows }, (_, row) => values.subarray(row * size, (row + 1) * size));
}

/** The highest score of each row of an output [batch, classes], whether the request asked for all scores or for the highest by name. */
export function highestScores(response: inference.ModelInferResponse, name: string): number[] {
  const at = response.outputs.findIndex((output) => output.name === name);
  const output = response.outputs[at];
  if (output?.datatype !== 'BYTES') return floatRows(response, name).map((row) => row.reduce((most, value) => Math.max(most, value), -Infinity));
  const [rows, count] = output.shape.map(Number) as [number, number];
  const raw = response.rawOutputContents[at];
  const elements = raw ? splitElements(raw, rows * count, name) : (output.contents?.bytesContents ?? []);
  // `value:index:name`, highest first.
  return elements.filter((_, index) => index % count === 0).map((element) => Number(element.toString().split(':', 1)[0]));
}
