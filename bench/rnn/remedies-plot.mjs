// |dL/dh_t| over time at the last look of each training: without a remedy (red) and with it (green), a panel a case.
const [WIDTH, HEIGHT, MARGIN, COLUMNS] = [380, 230, 42, 2];
const [HIGHEST, LOWEST] = [12, -12];
const COLOURS = { failing: '#c0392b', remedied: '#1e8449' };

const y = (relative) => MARGIN + ((HEIGHT - 2 * MARGIN) * (HIGHEST - Math.min(HIGHEST, Math.max(LOWEST, Math.log10(Math.max(relative, 1e-30)))))) / (HIGHEST - LOWEST);

function panel({ title, task, failing, remedied }, index) {
  const [left, top] = [(index % COLUMNS) * WIDTH, Math.floor(index / COLUMNS) * HEIGHT];
  const ticks = [-12, -6, 0, 6, 12].map(
    (decade) => `<line x1="${MARGIN}" x2="${WIDTH - 12}" y1="${y(10 ** decade)}" y2="${y(10 ** decade)}" stroke="#ddd"/><text x="${MARGIN - 5}" y="${y(10 ** decade) + 4}" text-anchor="end">1e${decade}</text>`,
  );
  const line = ({ name, last, first }, colour, row) => {
    const curve = Object.values((last ?? first)?.curves ?? {})[0] ?? [];
    const points = curve.map((norm, t) => `${(MARGIN + ((WIDTH - MARGIN - 12) * t) / Math.max(1, curve.length - 1)).toFixed(1)},${y(norm / (curve.at(-1) || 1)).toFixed(1)}`);
    return `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="1.6"/><text x="${MARGIN + 6}" y="${MARGIN + 14 + 14 * row}" fill="${colour}">${name}${curve.length === 0 ? ' (ended before the first look)' : ''}</text>`;
  };
  return `<g transform="translate(${left} ${top})"><text x="${MARGIN}" y="22" font-weight="bold">${title} (${task})</text>${ticks.join('')}${line(failing, COLOURS.failing, 0)}${line(remedied, COLOURS.remedied, 1)}</g>`;
}

export function remediesSvg(results) {
  const [width, height] = [WIDTH * Math.min(COLUMNS, results.length), HEIGHT * Math.ceil(results.length / COLUMNS)];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height + 18}" font-family="sans-serif" font-size="11">`,
    '<rect width="100%" height="100%" fill="white"/>',
    ...results.map(panel),
    `<text x="${width / 2}" y="${height + 8}" text-anchor="middle">|dL/dh_t| over that of the last step, from the first time step to the last</text>`,
    '</svg>',
    '',
  ].join('\n');
}
