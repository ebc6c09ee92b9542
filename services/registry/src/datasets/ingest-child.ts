/** The process that fetches and reads one data set, so that what a file does to its reader never touches the registry. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { lowerPriority } from '@quartet/contracts';
import { fetchUri, ingest, optionsFromProto, type IngestProgress, type IngestResult } from '@quartet/data';
import { diskError, downloadS3 } from '@quartet/store';
import { toPlain, type IngestReply, type IngestTask } from './ingest-messages';

const PROGRESS_EVERY_MS = 100;

const send = (reply: IngestReply): Promise<void> => new Promise((resolve) => process.send!(reply, undefined, {}, () => resolve()));

/** Sends the first and then at most ten reports a second, and the last one of each stage. */
function reporter(): (progress: IngestProgress) => void {
  let sentAt = 0;
  let stage = '';
  return (progress) => {
    const due = Date.now() - sentAt >= PROGRESS_EVERY_MS || progress.stage !== stage || progress.done === progress.total;
    if (!due) return;
    sentAt = Date.now();
    stage = progress.stage;
    void send({ progress });
  };
}

async function run(task: IngestTask): Promise<IngestResult> {
  const { folder, limits, video } = task;
  const onProgress = reporter();
  const out = join(folder, 'out');
  await mkdir(out);
  if ('files' in task.source) return ingest(task.source, optionsFromProto(task.options), out, { limits, video, onProgress });
  const fetched = join(folder, 'fetched');
  await mkdir(fetched);
  const source = await fetchUri(task.source.uri, fetched, {
    importRoot: task.importRoot,
    cacheDir: task.cacheDir,
    s3: (uri, dir, signal) => downloadS3(uri, dir, { ...limits, endpoints: task.endpoints }, signal),
    limits,
    onProgress,
  });
  return ingest({ files: source.files }, optionsFromProto(task.options, source.options), out, { limits, video, onProgress });
}

process.once('disconnect', () => process.exit(1));
process.once('message', (task: IngestTask) => {
  lowerPriority(10);
  void run(task)
    .then((result) => send({ result }), (error: unknown) => send({ failure: toPlain(diskError(error, task.folder)) }))
    .finally(() => process.exit(0));
});
