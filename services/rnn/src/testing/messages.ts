import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(__dirname, '../../../../node_modules/typescript/lib');

export const LANGUAGES = ['de', 'es', 'fr', 'it', 'pl'] as const;

/** Real texts in several languages: the same messages of TypeScript's compiler, without the places that it fills in. */
export function messages(language: (typeof LANGUAGES)[number], count: number): string[] {
  const all = JSON.parse(readFileSync(join(folder, language, 'diagnosticMessages.generated.json'), 'utf8')) as Record<string, string>;
  const texts = Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text.replace(/['"]?\{\d\}['"]?/g, ' ').replace(/\s+/g, ' ').trim());
  const long = texts.filter((text) => text.split(' ').length >= 5);
  return Array.from({ length: count }, (_, index) => long[index * Math.floor(long.length / count)]!);
}

export const csv = (rows: readonly (readonly [string, string])[]): string => `text,label\n${rows.map(([text, label]) => `"${text.replaceAll('"', '""')}",${label}\n`).join('')}`;
