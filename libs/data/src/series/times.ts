/** Date, then maybe a time of day, then maybe a zone (ISO 8601); a space may stand for the T. */
const ISO = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?\s*(Z|[+-]\d{2}:?\d{2})?)?)?)?$/;

/** Milliseconds since 1970 of a time as ISO 8601 writes it, from `1958` to `1958-03-01T12:30:00+02:00`; undefined for other text. UTC unless it says a zone. */
export function parseTime(text: string): number | undefined {
  const match = ISO.exec(text.trim());
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part, at) => (part === undefined ? (at === 1 || at === 2 ? 1 : 0) : Number(part))) as [number, number, number, number, number, number];
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59) return undefined;
  const fraction = Number(`0.${match[7] ?? '0'}`) * 1000;
  return utc(year, month - 1, day) + (hour * 3600 + minute * 60 + second) * 1000 + Math.trunc(fraction) - zoneOf(match[8]);
}

/** Milliseconds of a date; Date.UTC takes the years 0 to 99 for others. */
export function utc(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month, day);
}

const daysIn = (year: number, month: number): number => new Date(utc(year, month, 0)).getUTCDate();

function zoneOf(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(-2))];
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}
