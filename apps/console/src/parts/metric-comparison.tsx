import { betterOf } from '../api/better';
import { short } from './format';
import { DataTable } from './table';

interface Side {
  title: string;
  metrics: Readonly<Record<string, number>>;
}

const part = (metric: string): number => (metric.startsWith('test/') ? 0 : metric.startsWith('validation/') ? 1 : 2);

const signed = (value: number): string => (value > 0 ? `+${short(value)}` : short(value));

/** Metrics of two trainings or versions, those of the test part first, with the difference and which is better. */
export function MetricComparison({ label, first, second, empty }: { label: string; first: Side; second: Side; empty: string }) {
  const names = [...new Set([...Object.keys(first.metrics), ...Object.keys(second.metrics)])].filter((name) => !name.endsWith('/examples')).sort((a, b) => part(a) - part(b) || a.localeCompare(b));
  return (
    <DataTable
      label={label}
      columns={[{ title: 'Metric' }, { title: first.title, numeric: true }, { title: second.title, numeric: true }, { title: 'Difference', numeric: true }, { title: 'Better' }]}
      rows={names.map((name) => {
        const [a, b] = [first.metrics[name], second.metrics[name]];
        const better = betterOf(name, a, b);
        return { key: name, cells: [name, short(a), short(b), a === undefined || b === undefined ? '–' : signed(b - a), better === undefined ? '–' : better === 0 ? 'alike' : better > 0 ? second.title : first.title] };
      })}
      empty={empty}
    />
  );
}
