import type { Output } from '../output';
import { drawGrey, sideBySide } from './draw';

const plain = { colours: false } as Output;
const coloured = { colours: true } as Output;

test('two rows of pixels make a line of shades', () => {
  const pixels = Uint8Array.of(0, 255, 128, 0, 255, 128, 255, 0, 0, 0, 255, 0);
  expect(drawGrey(plain, pixels, 4, 3)).toEqual([' █▒', '▒▒ ']);
});

test('the margin is left out', () => {
  const pixels = new Uint8Array(36).fill(255);
  expect(drawGrey(plain, pixels, 6, 6, 2)).toEqual(['██']);
});

test('in colour, a half block shows both rows, and equal neighbours share a colour code', () => {
  expect(drawGrey(coloured, Uint8Array.of(0, 0, 255, 255), 2, 2)).toEqual(['\x1b[38;5;16;48;5;255m▀▀\x1b[0m']);
});

test('blocks stand side by side', () => {
  expect(sideBySide([{ lines: ['ab', 'cd'], width: 2 }, { lines: ['x', 'y'], width: 1 }])).toEqual(['ab  x', 'cd  y']);
});
