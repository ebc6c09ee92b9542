import { fork } from 'node:child_process';
import { join } from 'node:path';
import { QuartetError } from '@quartet/contracts';
import { fromPlain, type Imported, type ImportReply, type ImportTask } from './messages';

/**
 * Reads a Keras model in a child process, which is killed when the signal aborts or its time is up.
 * @throws QuartetError what reading found; CORRUPT_DATA if the process came to an end without an answer, or to none
 */
export function runImport(task: ImportTask, limitMs: number, signal: AbortSignal): Promise<Imported> {
  return new Promise((resolve, reject) => {
    // What the HDF5 library prints of a bad file is no matter of the service's log.
    const child = fork(join(__dirname, 'import-child.js'), { serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    let overTime = false;
    let reply: ImportReply | undefined;
    const kill = (): void => void child.kill('SIGKILL');
    const timer = setTimeout(() => {
      overTime = true;
      kill();
    }, limitMs);
    signal.addEventListener('abort', kill);
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', kill);
    };
    child.on('message', (message: ImportReply) => (reply = message));
    child.once('error', (error) => {
      end();
      reject(error);
    });
    child.once('exit', (code, killedBy) => {
      end();
      if (signal.aborted) reject(signal.reason as Error);
      else if (reply && 'imported' in reply) resolve(reply.imported);
      else if (reply) reject(fromPlain(reply.failure));
      else reject(unread(task.file.fileName || 'the file', overTime ? `was not done after ${limitMs / 1000} s (QUARTET_IMPORT_MS)` : `ended with ${killedBy ?? `code ${code}`}`));
    });
    if (signal.aborted) kill();
    else child.send(task);
  });
}

const unread = (name: string, how: string): QuartetError =>
  new QuartetError('CORRUPT_DATA', `${name}: the process that read it ${how}; expected a Keras model that fits this machine's memory. Save the model again, without its optimizer: model.save("model.keras", include_optimizer=False)`, { metadata: { file: name } });
