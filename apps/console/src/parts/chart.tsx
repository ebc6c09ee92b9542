import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import { short } from './format';

export interface Line {
  name: string;
  x: readonly number[];
  y: readonly (number | null)[];
  dashed?: boolean;
  /** Colour by number; default: the line's own. */
  colour?: number;
}

export interface Band {
  /** Names of the lines between which it lies. */
  upper: string;
  lower: string;
}

/** Told apart also by those who see few colours (Okabe and Ito, 2008), darkened or lightened for contrast. */
const COLOURS = {
  light: ['#0063a8', '#b34700', '#00734d', '#8e3a77', '#7a6000', '#2b6f94', '#a31515', '#444444', '#5b3fd6', '#2f7d00'],
  dark: ['#6cb8ff', '#ff9e5e', '#4fd0a5', '#e8a0d0', '#f0d34a', '#9ad8ff', '#ff8a8a', '#c8c8c8', '#b39dff', '#a3e060'],
} as const;

export const colourOf = (scheme: 'light' | 'dark', at: number): string => COLOURS[scheme][at % COLOURS.light.length]!;

const HEIGHT = 220;

interface ChartProps {
  title: string;
  lines: readonly Line[];
  xLabel: string;
  logarithmic?: boolean;
  time?: boolean;
  band?: Band;
  height?: number;
}

function optionsOf({ lines, xLabel, logarithmic, time, band, height }: ChartProps, scheme: 'light' | 'dark', width: number): uPlot.Options {
  const ink = scheme === 'dark' ? '#c9c9c9' : '#495057';
  const grid = { stroke: scheme === 'dark' ? '#3b3b3b' : '#e9ecef', width: 1 };
  const stroke = (at: number) => colourOf(scheme, lines[at]?.colour ?? at);
  const axis = { stroke: ink, grid, ticks: grid, font: '12px system-ui, sans-serif' };
  const at = (name: string) => lines.findIndex((line) => line.name === name) + 1;
  return {
    width,
    height: height ?? HEIGHT,
    legend: { show: false },
    cursor: { drag: { x: true, y: false } },
    scales: { x: { time: time ?? false }, y: logarithmic ? { distr: 3 } : {} },
    axes: [
      { ...axis, label: xLabel, size: 30, labelSize: 18, labelFont: '12px system-ui, sans-serif' },
      { ...axis, size: 62, values: (_, ticks) => ticks.map((tick) => (tick === null ? '' : short(tick))) },
    ],
    series: [
      {},
      ...lines.map((line, index) => ({ label: line.name, stroke: stroke(index), width: 2, dash: line.dashed ? [6, 4] : undefined, spanGaps: true, points: { show: line.x.length < 30, size: 5 } })),
    ],
    bands: band ? [{ series: [at(band.upper), at(band.lower)], fill: `${stroke(at(band.upper) - 1)}33` }] : undefined,
  };
}

/** Lines over a common axis, with their latest values beneath, and all of them as a table for those who don't see the picture. */
export function Chart(props: ChartProps) {
  const { title, lines, xLabel, logarithmic, time, height } = props;
  const scheme = useComputedColorScheme('light');
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  // Zeros have no logarithm.
  const shown = lines.map(({ x, y }) => [[...x], logarithmic ? y.map((value) => (value !== null && value > 0 ? value : null)) : [...y]] as uPlot.AlignedData);
  const data = shown.length > 0 ? uPlot.join(shown) : ([[]] as uPlot.AlignedData);
  const shape = JSON.stringify([lines.map(({ name, dashed, colour, x }) => [name, dashed, colour, x.length < 30]), scheme, xLabel, logarithmic, time, height]);

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const made = new uPlot(optionsOf(props, scheme, element.clientWidth || 300), data, element);
    plot.current = made;
    const resized = new ResizeObserver(() => made.setSize({ width: element.clientWidth || 300, height: height ?? HEIGHT }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [shape]);
  useEffect(() => plot.current?.setData(data));

  const last = (line: Line) => line.y.findLast((value) => value !== null) ?? undefined;
  const summary = lines.map((line) => `${line.name} ${short(last(line))}`).join(', ');
  return (
    <figure className="chart">
      <figcaption>{title}</figcaption>
      <div ref={box} role="img" aria-label={`${title} by ${xLabel}. Latest: ${summary || 'nothing yet'}`} />
      <ul className="legend">
        {lines.map((line, at) => (
          <li key={line.name}>
            <svg width="18" height="8" aria-hidden="true">
              <line x1="0" y1="4" x2="18" y2="4" stroke={colourOf(scheme, line.colour ?? at)} strokeWidth="3" strokeDasharray={line.dashed ? '5 3' : undefined} />
            </svg>
            {line.name} <b>{short(last(line))}</b>
          </li>
        ))}
      </ul>
    </figure>
  );
}
