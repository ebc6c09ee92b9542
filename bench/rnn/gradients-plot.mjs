// |dL/dh_t| over time as a plot: for each net at its first training step (dashed) and after 200 (solid), relative to the last time step.
const [WIDTH, HEIGHT, MARGIN] = [760, 420, 60];
const COLOURS = ['#c0392b', '#2471a3', '#1e8449', '#b9770e'];
/** Decades below the last step's norm that are drawn. */
const DECADES = 12;

export function curvesSvg(results, length) {
  const x = (t) => MARGIN + ((WIDTH - 2 * MARGIN) * t) / (length - 1);
  const y = (relative) => MARGIN + (HEIGHT - 2 * MARGIN) * (Math.min(Math.max(2 - Math.log10(Math.max(relative, 1e-30)), 0), DECADES + 2) / (DECADES + 2));
  const line = (norms) => norms.map((norm, t) => `${x(t).toFixed(1)},${y(norm / norms.at(-1)).toFixed(1)}`).join(' ');
  const curves = results.flatMap(({ probes }, index) => {
    const late = probes.findLast((probe) => probe.step <= 200);
    return [[probes[0], '4 4'], [late, 'none']].map(
      ([probe, dash]) => `<polyline points="${line(probe.norms)}" fill="none" stroke="${COLOURS[index]}" stroke-width="1.6" stroke-dasharray="${dash}"/>`,
    );
  });
  const legend = results.map(({ title }, index) => `<text x="${MARGIN + 10}" y="${MARGIN + 18 + 16 * index}" fill="${COLOURS[index]}">${title}</text>`);
  const ticks = Array.from({ length: (DECADES + 2) / 2 + 1 }, (_, index) => 2 - 2 * index).map(
    (decade) => `<text x="${MARGIN - 8}" y="${y(10 ** decade) + 4}" text-anchor="end">1e${decade}</text><line x1="${MARGIN}" x2="${WIDTH - MARGIN}" y1="${y(10 ** decade)}" y2="${y(10 ** decade)}" stroke="#ddd"/>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="white"/>`,
    ...ticks,
    ...curves,
    ...legend,
    `<text x="${WIDTH / 2}" y="${HEIGHT - 18}" text-anchor="middle">time step t of ${length}</text>`,
    `<text x="${WIDTH / 2}" y="30" text-anchor="middle">|dL/dh_t| over that of the last step; dashed: untrained, solid: after 200 steps</text>`,
    '</svg>',
    '',
  ].join('\n');
}
