/** Shares from 0 to 1 as bars, each with its name and number. */
export function Bars({ label, bars }: { label: string; bars: readonly { name: string; share: number; text: string }[] }) {
  return (
    <ul className="bars" aria-label={label}>
      {bars.map(({ name, share, text }) => (
        <li key={name}>
          <span>{name}</span>
          <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
            <rect width="100" height="10" rx="2" fill="var(--edge)" />
            <rect width={Math.max(0, Math.min(100, 100 * share))} height="10" rx="2" fill="var(--link)" />
          </svg>
          <span className="number">{text}</span>
        </li>
      ))}
    </ul>
  );
}
