interface Bar {
  name: string;
  share: number;
  text: string;
  /** Drawn in grey: it doesn't count. */
  quiet?: boolean;
}

/** Shares from 0 to 1 as bars, each with its name and number. */
export function Bars({ label, bars }: { label: string; bars: readonly Bar[] }) {
  return (
    <ul className="bars" aria-label={label}>
      {bars.map(({ name, share, text, quiet }) => (
        <li key={name}>
          <span>{name}</span>
          <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
            <rect width="100" height="10" rx="2" fill="var(--edge)" />
            <rect width={Math.max(0, Math.min(100, 100 * share))} height="10" rx="2" fill={quiet ? 'var(--quiet)' : 'var(--link)'} />
          </svg>
          <span className="number">{text}</span>
        </li>
      ))}
    </ul>
  );
}
