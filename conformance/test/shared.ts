import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the set-up of the suites leaves for them. */
export interface SharedState {
  gateway: string;
  home: string;
  traceDir: string;
  /** Of every service: where state and the other services are. */
  env: Record<string, string>;
  model: string;
  version: string;
  jobId: string;
  /** 200 test digits: uint8 [200, 28, 28, 1] and int32 [200], raw. */
  digitsFile: string;
  labelsFile: string;
  /** Of short texts that are glad or sad. */
  textModel: string;
}

const FILE = join(__dirname, '..', 'tmp', 'state.json');

export const saveState = (state: SharedState): void => writeFileSync(FILE, JSON.stringify(state));
export const loadState = (): SharedState => JSON.parse(readFileSync(FILE, 'utf8')) as SharedState;

interface SetUp {
  python: string;
  clientPython: string;
  ffmpeg: string;
}

const setUp = (): SetUp => JSON.parse(readFileSync(join(__dirname, '../../node_modules/.cache/quartet/test-env.json'), 'utf8')) as SetUp;

/** The Python with tensorflow, grpcio-tools and grpcio-reflection that `npm test`'s set-up made. */
export function python(): string {
  return process.env['QUARTET_TEST_PYTHON'] ?? setUp().python;
}

/** The Python with tritonclient and kserve that it made. */
export function clientPython(): string {
  return process.env['QUARTET_TEST_CLIENT_PYTHON'] ?? setUp().clientPython;
}

/** The ffmpeg that it fetched. */
export const ffmpeg = (): string => process.env['QUARTET_TEST_FFMPEG'] ?? setUp().ffmpeg;
