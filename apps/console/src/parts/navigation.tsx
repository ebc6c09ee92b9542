import { ActionIcon, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { Link, useLocation } from 'wouter';
import { FAMILIES } from '../api/names';
import { setToken, useSession } from '../api/session';

const PAGES = [
  { path: '/', title: 'Overview' },
  { path: '/training', title: 'Training' },
  { path: '/models', title: 'Models' },
  ...FAMILIES.map(({ path, title }) => ({ path: `/${path}`, title })),
  { path: '/try', title: 'Try it' },
];

const isCurrent = (path: string, location: string) => (path === '/' ? location === '/' : location === path || location.startsWith(`${path}/`));

export function Navigation() {
  const [location] = useLocation();
  const { token } = useSession();
  // Else it would write a style element to hold transitions back.
  const { setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  const scheme = useComputedColorScheme('light');
  const other = scheme === 'dark' ? 'light' : 'dark';
  return (
    <header className="side">
      <div className="brand">
        <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
          <rect width="32" height="32" rx="7" fill="#1c3f94" />
          <g fill="#fff">
            <circle cx="10" cy="10" r="4" />
            <circle cx="22" cy="10" r="4" />
            <circle cx="10" cy="22" r="4" />
          </g>
          <circle cx="22" cy="22" r="4" fill="#ffb000" />
        </svg>
        <span>Quartet</span>
      </div>
      <nav aria-label="Pages">
        <ul>
          {PAGES.map(({ path, title }) => (
            <li key={path}>
              <Link href={path} aria-current={isCurrent(path, location) ? 'page' : undefined}>
                {title}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <div className="tools">
        <ActionIcon variant="default" size="lg" aria-label={`Use ${other} colours`} title={`Use ${other} colours`} onClick={() => setColorScheme(other)}>
          <svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true">
            <circle cx="12" cy="12" r="8" fill="none" stroke="currentColor" strokeWidth="2" />
            <path d="M12 4a8 8 0 0 1 0 16z" fill="currentColor" />
          </svg>
        </ActionIcon>
        {token !== '' && (
          <button type="button" className="plain" onClick={() => setToken('')}>
            Sign out
          </button>
        )}
      </div>
    </header>
  );
}
