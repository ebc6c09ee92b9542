import { SETTINGS } from './settings';

/** The Markdown table of all settings, as it stands in docs/settings.md. */
export function settingsTable(): string {
  const rows = Object.entries(SETTINGS).map(([name, setting]) => {
    const fallback = setting.default === '' ? '' : `\`${setting.default}\``;
    return `| \`${name}\` | ${fallback} | ${setting.accepts} | ${setting.doc} |`;
  });
  return ['| variable | default | takes | what it does |', '|---|---|---|---|', ...rows].join('\n');
}
