import type { Output } from './terminal';

/** 64-bit integers as decimal text, as in proto3 JSON; everything else as JSON has it. */
const replacer = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value);

/** One document, indented for people. */
export const writeDocument = (out: Output, value: unknown): void => out.line(JSON.stringify(value, replacer, 2));

/** One line of a JSON Lines stream. */
export const writeJsonLine = (out: Output, value: unknown): void => out.line(JSON.stringify(value, replacer));
