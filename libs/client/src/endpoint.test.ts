import { status, type ServerDuplexStream, type ServerReadableStream, type ServerUnaryCall, type ServerWritableStream, type sendUnaryData } from '@grpc/grpc-js';
import { Dataset, DatasetServiceService, TrainingEvent, TrainingServiceService, type GetDatasetRequest, type GetJobRequest, type ImportDatasetRequest, type Job, type UploadDatasetRequest, type WatchJobRequest, Job as JobMessage, rnn } from '@quartet/contracts';
import { connect } from './connect';
import { richStatus, serve, type TestServer } from './testing/server';
import { filesAt, uploadDataset, type UploadProgress } from './upload';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const unused = () => undefined;
const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((go) => setTimeout(go, 10));
};

describe('unary calls', () => {
  let attempts = 0;
  let server: TestServer;
  beforeAll(async () => {
    server = await serve([
      [
        TrainingServiceService,
        {
          getJob: (call: ServerUnaryCall<GetJobRequest, Job>, done: sendUnaryData<Job>) => {
            attempts += 1;
            if (call.request.id === 'flaky' && attempts < 3) return done({ code: status.UNAVAILABLE, details: 'starting' });
            done(null, JobMessage.fromPartial({ id: call.request.id, error: String(call.metadata.get('x-note')[0] ?? '') }));
          },
          resumeJob: (_call: unknown, done: sendUnaryData<Job>) => {
            attempts += 1;
            done({ code: status.UNAVAILABLE, details: 'starting' });
          },
          listJobs: unused,
          cancelJob: unused,
          watchJob: unused,
        },
      ],
    ]);
  });
  afterAll(() => server.stop());
  beforeEach(() => (attempts = 0));

  test('a partial request is completed, and metadata travels', async () => {
    expect(await server.client.training.getJob({ id: 'j1' }, { metadata: { 'x-note': 'hello' } })).toMatchObject({ id: 'j1', error: 'hello' });
    expect(await server.client.training.getJob()).toMatchObject({ id: '' });
  });

  test('a read is tried again after UNAVAILABLE', async () => {
    expect(await server.client.training.getJob({ id: 'flaky' })).toMatchObject({ id: 'flaky' });
    expect(attempts).toBe(3);
  });

  test('a write is sent once', async () => {
    await expect(server.client.training.resumeJob({ id: 'j1' })).rejects.toMatchObject({ code: status.UNAVAILABLE });
    expect(attempts).toBe(1);
  });
});

describe('server streams', () => {
  let server: TestServer;
  let calls: ServerWritableStream<WatchJobRequest, TrainingEvent>[] = [];
  beforeAll(async () => {
    const watchJob = (call: ServerWritableStream<WatchJobRequest, TrainingEvent>) => {
      calls.push(call);
      for (const sequence of [1n, 2n, 3n]) call.write(TrainingEvent.fromPartial({ sequence }));
      if (call.request.id === 'short') call.end();
      if (call.request.id === 'broken') call.emit('error', richStatus(status.NOT_FOUND, 'no job "broken"', { reason: 'JOB_NOT_FOUND' }));
    };
    server = await serve([[TrainingServiceService, { watchJob, getJob: unused, listJobs: unused, cancelJob: unused, resumeJob: unused }]]);
  });
  afterAll(() => server.stop());
  beforeEach(() => (calls = []));

  const collect = async (id: string) => {
    const seen: bigint[] = [];
    for await (const event of server.client.training.watchJob({ id })) seen.push(event.sequence);
    return seen;
  };

  test('messages arrive in order until the end', async () => expect(await collect('short')).toEqual([1n, 2n, 3n]));

  test('an error of the server is restored', async () => {
    await expect(collect('broken')).rejects.toMatchObject({ reason: 'JOB_NOT_FOUND', message: 'no job "broken"' });
  });

  test('leaving the loop cancels the call on the server', async () => {
    for await (const event of server.client.training.watchJob({ id: 'endless' })) if (event.sequence === 2n) break;
    await until(() => calls[0]!.cancelled);
  });

  test('aborting ends the loop with CANCELLED, and the call on the server', async () => {
    const controller = new AbortController();
    const loop = (async () => {
      for await (const event of server.client.training.watchJob({ id: 'endless' }, { signal: controller.signal })) if (event.sequence === 3n) controller.abort();
    })();
    await expect(loop).rejects.toMatchObject({ reason: 'CANCELLED' });
    await until(() => calls[0]!.cancelled);
  });
});

describe('streams both ways', () => {
  let server: TestServer;
  let calls: ServerDuplexStream<rnn.StepRequest, rnn.StepResponse>[] = [];
  let received: string[] = [];
  beforeAll(async () => {
    const step = (call: ServerDuplexStream<rnn.StepRequest, rnn.StepResponse>) => {
      calls.push(call);
      call.on('data', ({ message }: rnn.StepRequest) => {
        const text = message?.$case === 'text' ? message.value : '';
        received.push(text);
        if (text === 'refuse') return call.emit('error', richStatus(status.FAILED_PRECONDITION, 'no more', { reason: 'WRONG_STATE' }));
        call.write(rnn.StepResponse.fromPartial({ message: { $case: 'state', value: Buffer.from(text) } }));
        if (text === 'last') call.end();
      });
      call.on('end', () => call.end());
    };
    server = await serve([[rnn.RnnServiceService, { step }]]);
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    calls = [];
    received = [];
  });

  const say = (text: string) => ({ message: { $case: 'text' as const, value: text } });
  const textOf = ({ message }: rnn.StepResponse) => (message?.$case === 'state' ? message.value.toString() : '');
  /** Says these, then waits for ever; tells when its iteration was ended. */
  function source(...texts: string[]) {
    const left = [...texts];
    const seen = { ended: false };
    const iterator: AsyncIterator<ReturnType<typeof say>> = {
      next: () => (left.length > 0 ? Promise.resolve({ value: say(left.shift()!) }) : new Promise(() => undefined)),
      return: () => {
        seen.ended = true;
        return Promise.resolve({ value: undefined, done: true });
      },
    };
    return { seen, requests: { [Symbol.asyncIterator]: () => iterator } };
  }
  async function collect(requests: Parameters<typeof server.client.rnn.step>[0], signal?: AbortSignal, seen: string[] = []) {
    for await (const response of server.client.rnn.step(requests, { signal })) seen.push(textOf(response));
    return seen;
  }

  test('answers come while requests go, until both have ended', async () => {
    expect(await collect([say('a'), say('b')])).toEqual(['a', 'b']);
    const seen: string[] = [];
    // Each request waits for the answer to the one before it.
    async function* inTurn() {
      for (const text of ['one', 'two', 'three']) {
        yield say(text);
        await until(() => seen.includes(text));
      }
    }
    expect(await collect(inTurn(), undefined, seen)).toEqual(['one', 'two', 'three']);
  });

  test('the requests are ended when the server ends the call, or refuses', async () => {
    const done = source('a', 'last');
    expect(await collect(done.requests)).toEqual(['a', 'last']);
    expect(done.seen.ended).toBe(true);
    const refused = source('a', 'refuse');
    await expect(collect(refused.requests)).rejects.toMatchObject({ reason: 'WRONG_STATE', message: 'no more' });
    expect(refused.seen.ended).toBe(true);
  });

  test('leaving the loop cancels the call on the server and ends the requests', async () => {
    const { seen, requests } = source('a', 'b');
    for await (const response of server.client.rnn.step(requests)) if (textOf(response) === 'b') break;
    expect(seen.ended).toBe(true);
    await until(() => calls[0]!.cancelled);
  });

  test('aborting ends the loop with CANCELLED, and the requests', async () => {
    const controller = new AbortController();
    const { seen, requests } = source('a');
    const loop = collect(requests, controller.signal);
    await until(() => received.length === 1);
    controller.abort();
    await expect(loop).rejects.toMatchObject({ reason: 'CANCELLED' });
    expect(seen.ended).toBe(true);
    await until(() => calls[0]!.cancelled);
  });

  test('requests that fail are reported as they are, and the call is cancelled', async () => {
    async function* failing() {
      yield say('a');
      await until(() => received.length === 1);
      throw new Error('the microphone is gone');
    }
    await expect(collect(failing())).rejects.toThrow('the microphone is gone');
    await until(() => calls[0]!.cancelled);
  });
});

describe('uploads', () => {
  let server: TestServer;
  let folder: string;
  let received: UploadDatasetRequest[] = [];
  let stalled = false;
  let refuse = false;
  let resume = unused as () => void;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quartet-upload-'));
    await mkdir(join(folder, 'train', 'one'), { recursive: true });
    await writeFile(join(folder, 'train', 'one', 'b.bin'), Buffer.alloc(2_500_000, 7));
    await writeFile(join(folder, 'a.csv'), 'x,y\n1,2\n');
    await writeFile(join(folder, 'empty.txt'), '');
    await writeFile(join(folder, '.hidden'), 'no');
    const uploadDataset = (call: ServerReadableStream<UploadDatasetRequest, Dataset>, done: sendUnaryData<Dataset>) => {
      if (refuse) return done(richStatus(status.INVALID_ARGUMENT, 'name: is "?"', { reason: 'INVALID_FIELD' }));
      if (stalled) {
        resume = () => call.resume();
        call.on('end', () => done(null, Dataset.fromPartial({ name: 'late' })));
        return;
      }
      call.on('data', (message: UploadDatasetRequest) => received.push(message));
      call.on('end', () => done(null, Dataset.fromPartial({ name: 'done' })));
    };
    const importDataset = (call: ServerWritableStream<ImportDatasetRequest, unknown>) => call.end();
    const getDataset = (_call: ServerUnaryCall<GetDatasetRequest, Dataset>, done: sendUnaryData<Dataset>) => done(null, Dataset.fromPartial({}));
    server = await serve([[DatasetServiceService, { uploadDataset, importDataset, getDataset, listDatasets: unused, deleteDataset: unused, readExamples: unused }]]);
  });
  afterAll(async () => {
    server.stop();
    await rm(folder, { recursive: true });
  });
  beforeEach(() => {
    received = [];
    stalled = refuse = false;
  });

  test('a folder goes up file by file, in chunks, with progress', async () => {
    const progress: UploadProgress[] = [];
    const files = await filesAt(folder);
    expect(files.map(({ path, size }) => [path, size])).toEqual([['a.csv', 8], ['empty.txt', 0], ['train/one/b.bin', 2_500_000]]);
    const dataset = await uploadDataset(server.client, 'things', { format: 3 }, files, { onProgress: (p) => progress.push(p) });
    expect(dataset.name).toBe('done');
    expect(received[0]!.message).toMatchObject({ $case: 'header', value: { name: 'things', options: { format: 3 } } });
    const chunks = received.slice(1).map(({ message }) => (message!.$case === 'chunk' ? [message!.value.path, message!.value.data.length] : []));
    expect(chunks).toEqual([['a.csv', 8], ['empty.txt', 0], ['train/one/b.bin', 1048576], ['train/one/b.bin', 1048576], ['train/one/b.bin', 402848]]);
    expect(progress.at(-1)).toEqual({ sentBytes: 2_500_008, totalBytes: 2_500_008, path: 'train/one/b.bin' });
  });

  test('the source is not read ahead of a server that does not read', async () => {
    stalled = true;
    let produced = 0;
    function* endless() {
      for (; produced < 100; produced++) yield { message: { $case: 'chunk' as const, value: { path: 'x', data: new Uint8Array(1 << 20) } } };
    }
    const upload = server.client.datasets.uploadDataset(endless());
    await new Promise((go) => setTimeout(go, 500));
    expect(produced).toBeLessThan(60);
    resume();
    expect((await upload).name).toBe('late');
    expect(produced).toBe(100);
  });

  test('a refusal in mid-upload ends the reading and is reported', async () => {
    refuse = true;
    let produced = 0;
    let closed = false;
    async function* endless() {
      try {
        for (; ; produced++) {
          yield { message: { $case: 'chunk' as const, value: { path: 'x', data: new Uint8Array(1000) } } };
          await new Promise((go) => setTimeout(go, 5));
        }
      } finally {
        closed = true;
      }
    }
    await expect(server.client.datasets.uploadDataset(endless())).rejects.toMatchObject({ reason: 'INVALID_FIELD', message: 'name: is "?"' });
    expect(closed).toBe(true);
  });

  test('a source that fails is reported as it is, and the call is cancelled', async () => {
    const files = [{ path: 'gone', source: join(folder, 'gone'), size: 5 }];
    await expect(uploadDataset(server.client, 'x', {}, files)).rejects.toThrow(/ENOENT/);
  });

  test('an empty or missing folder is refused before anything is sent', async () => {
    await expect(filesAt(join(folder, 'nowhere'))).rejects.toThrow('path: there is no file or folder at');
    await mkdir(join(folder, 'train', 'none'));
    await expect(filesAt(join(folder, 'train', 'none'))).rejects.toThrow('holds no files');
  });

  test('nobody listening', async () => {
    const client = connect({ address: '127.0.0.1:1' });
    await expect(uploadDataset(client, 'x', {}, await filesAt(folder))).rejects.toMatchObject({ connectionFailed: true });
    client.close();
  });
});
