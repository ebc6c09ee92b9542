/** 1234567 -> `1,234,567`. */
export const count = (value: number | bigint): string => value.toLocaleString('en-US');

/** Bytes with a binary unit: `12.3 MiB`. */
export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let at = 0;
  for (; value >= 1024 && at < units.length - 1; at++) value /= 1024;
  return at === 0 ? `${value} B` : `${value.toFixed(1)} ${units[at]}`;
}

/** Milliseconds as `850 ms`, `12.3 s`, `3 min 20 s` or `5 h 12 min`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** A share as `98.87 %`. */
export const percent = (share: number, digits = 2): string => `${(share * 100).toFixed(digits)} %`;

/** A metric by its name: accuracies and the like in percent, anything else with four significant digits. */
export function metric(name: string, value: number | undefined): string {
  if (value === undefined) return '-';
  return /(accuracy|precision|recall|f1|auroc)$/i.test(name) ? percent(value) : Number(value.toPrecision(4)).toString();
}

/** `2026-01-31 12:34:56` in local time; `-` if unset. */
export function time(date: Date | undefined): string {
  if (!date) return '-';
  const two = (n: number) => String(n).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** An enum's name without its prefix, in lower case: `JOB_STATE_RUNNING` -> `running`. */
export const enumName = (name: string, prefix: string): string => name.replace(prefix, '').toLowerCase();
