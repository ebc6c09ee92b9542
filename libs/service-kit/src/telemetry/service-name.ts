import { basename, dirname } from 'node:path';

/**
 * The name of this process in traces, metrics and logs: OTEL_SERVICE_NAME, or the folder that holds the `dist` of the
 * script that Node runs (`services/gateway/dist/main.js` -> `gateway`).
 */
export function serviceName(env: NodeJS.ProcessEnv = process.env, script: string = process.argv[1] ?? ''): string {
  if (env['OTEL_SERVICE_NAME']) return env['OTEL_SERVICE_NAME'];
  for (let folder = dirname(script); folder !== dirname(folder); folder = dirname(folder)) {
    if (basename(folder) === 'dist') return basename(dirname(folder));
  }
  return basename(script).replace(/\.[cm]?[jt]s$/, '') || 'quartet';
}
