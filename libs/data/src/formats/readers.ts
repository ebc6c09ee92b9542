import type { DataFormat } from '../types';
import { readCsvFiles } from '../csv/read-csv';
import type { FormatReader } from './format';
import { readSeries } from '../series/read-series';
import { readTsFiles } from '../sequence/read-ts';
import { readIdxFiles } from './idx';
import { readImageFolder } from './image-folder';
import { readNumpyFiles } from './numpy';

const READERS: Record<DataFormat, FormatReader> = {
  idx: readIdxFiles,
  numpy: readNumpyFiles,
  csv: readCsvFiles,
  imageFolder: readImageFolder,
  series: readSeries,
  ts: readTsFiles,
};

export const readerOf = (format: DataFormat): FormatReader => READERS[format];
