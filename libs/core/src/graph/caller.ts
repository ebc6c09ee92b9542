import path from 'node:path';

/** Folders of core whose frames aren't a step's own: the machinery of recording, and the wrappers around single ops. */
const MACHINERY = ['capture', 'graph', 'ops'].map((folder) => path.join(path.dirname(__dirname), folder) + path.sep);
/** Source maps take tfjs' frames out of node_modules. */
const LIBRARY = /[\\/](node_modules|tfjs-\w+)[\\/]/;

/** Where in the code of a step this was called from, `file.ts:12`; undefined when the stack doesn't tell. */
export function callerLine(): string | undefined {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 60;
  const stack = new Error().stack ?? '';
  Error.stackTraceLimit = limit;
  for (const frame of stack.split('\n').slice(1)) {
    const [, file, line] = /\(?((?:file:\/\/)?\/[^():]+):(\d+):\d+\)?$/.exec(frame.trim()) ?? [];
    if (!file || LIBRARY.test(file)) continue;
    const isMachinery = MACHINERY.some((folder) => file.includes(folder)) && !file.includes('.test.');
    if (!isMachinery) return `${path.basename(file)}:${line}`;
  }
  return undefined;
}
