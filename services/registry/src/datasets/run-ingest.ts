import { fork } from 'node:child_process';
import { join } from 'node:path';
import { QuartetError } from '@quartet/contracts';
import type { IngestProgress, IngestResult } from '@quartet/data';
import { fromPlain, type IngestReply, type IngestTask } from './ingest-messages';

/**
 * Reads a data set in a child process, which is killed when the signal aborts.
 * @throws QuartetError what reading found; UNUSABLE_DATASET if the process was killed, as for want of memory.
 */
export function runIngest(task: IngestTask, signal: AbortSignal, onProgress: (progress: IngestProgress) => void): Promise<IngestResult> {
  return new Promise((resolve, reject) => {
    const child = fork(join(__dirname, 'ingest-child.js'), { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const abort = (): void => void child.kill('SIGKILL');
    let reply: Exclude<IngestReply, { progress: IngestProgress }> | undefined;
    signal.addEventListener('abort', abort);
    child.on('message', (message: IngestReply) => {
      if ('progress' in message) onProgress(message.progress);
      else reply = message;
    });
    child.once('error', reject);
    child.once('exit', (code, killedBy) => {
      signal.removeEventListener('abort', abort);
      if (signal.aborted) reject(signal.reason as Error);
      else if (!reply) reject(died(code, killedBy));
      else if ('failure' in reply) reject(fromPlain(reply.failure));
      else resolve(reply.result);
    });
    if (signal.aborted) abort();
    else child.send(task);
  });
}

function died(code: number | null, killedBy: NodeJS.Signals | null): Error {
  if (killedBy === null) return new Error(`The process that reads data ended with code ${code} and no answer.`);
  return new QuartetError(
    'UNUSABLE_DATASET',
    `The process that read the data was ended by ${killedBy}, most likely because the data is too large for this machine's memory. Send less data, or ` +
      'give the registry more memory.',
  );
}
