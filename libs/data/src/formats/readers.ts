import type { DataFormat } from '../types';
import { readCsvFiles } from '../csv/read-csv';
import type { FormatReader } from './format';
import { readSeries } from '../series/read-series';
import { readTsFiles } from '../sequence/read-ts';
import { readCaptions } from '../media/read-captions';
import { readRecordings } from '../media/read-recordings';
import { readPairs } from '../text/read-pairs';
import { readTagged } from '../text/read-tagged';
import { readTexts } from '../text/read-texts';
import { readIdxFiles } from './idx';
import { readImageFolder } from './image-folder';
import { readNumpyFiles } from './numpy';
import { readVideoFolder } from './video-folder';

const READERS: Record<DataFormat, FormatReader> = {
  idx: readIdxFiles,
  numpy: readNumpyFiles,
  csv: readCsvFiles,
  imageFolder: readImageFolder,
  series: readSeries,
  ts: readTsFiles,
  text: readTexts,
  pairs: readPairs,
  tagged: readTagged,
  recordings: readRecordings,
  captions: readCaptions,
  videoFolder: readVideoFolder,
};

export const readerOf = (format: DataFormat): FormatReader => READERS[format];
