/**
 * Starts OpenTelemetry as QUARTET_TRACE_DIR, QUARTET_OTLP_ENDPOINT and QUARTET_METRICS_PORT say; with all of them off,
 * not even the SDK is loaded. A side effect, and the first import of every main: the instrumentation patches grpc-js
 * while it is being loaded, so nothing here may import it, nor the index of @quartet/contracts, which does.
 */
import { readSettings, type Settings } from '@quartet/contracts/dist/settings';
import { setRunning } from './running';
import type * as Sdk from './sdk';
import { serviceName } from './service-name';

function settingsOrNone(): Settings | undefined {
  try {
    return readSettings();
  } catch {
    return undefined; // The main reads them again and reports what is wrong.
  }
}

const settings = settingsOrNone();
if (settings && (settings.QUARTET_TRACE_DIR || settings.QUARTET_OTLP_ENDPOINT || settings.QUARTET_METRICS_PORT)) {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded only when on: it costs some 200 ms
  const { buildSdk } = require('./sdk') as typeof Sdk;
  const sdk = buildSdk(serviceName(), settings);
  sdk.start();
  setRunning(sdk);
}
