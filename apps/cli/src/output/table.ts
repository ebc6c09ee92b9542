import type { Output } from './terminal';

export interface Column {
  title: string;
  align?: 'left' | 'right';
}

/** Lines of a table: bold titles, two spaces between columns, no trailing blanks. */
export function table(out: Output, columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map(({ title }, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const format = (cells: readonly string[]) =>
    columns
      .map(({ align }, at) => (align === 'right' ? (cells[at] ?? '').padStart(widths[at]!) : (cells[at] ?? '').padEnd(widths[at]!)))
      .join('  ')
      .trimEnd();
  return [out.paint('bold', format(columns.map(({ title }) => title))), ...rows.map(format)];
}

export function writeTable(out: Output, columns: readonly Column[], rows: readonly (readonly string[])[]): void {
  for (const line of table(out, columns, rows)) out.line(line);
}
