import { status, type ServerWritableStream } from '@grpc/grpc-js';
import { TrainingEvent, TrainingServiceService, type WatchJobRequest } from '@quartet/contracts';
import { connect } from './connect';
import { richStatus, serve, type TestServer } from './testing/server';
import { watchJob } from './watch-job';

const unused = () => undefined;
let cleanUp = unused as () => void;
afterEach(() => cleanUp());

/** A registry that has the events 1 to 6, and ends its stream after `last` of them: by an error, or well at 6. */
function registry(last: bigint, asked: bigint[]) {
  const watch = (call: ServerWritableStream<WatchJobRequest, TrainingEvent>) => {
    if (call.request.id !== 'job') return call.emit('error', richStatus(status.NOT_FOUND, 'no such job', { reason: 'JOB_NOT_FOUND' }));
    asked.push(call.request.afterSequence);
    for (let sequence = call.request.afterSequence + 1n; sequence <= last; sequence++) call.write(TrainingEvent.fromPartial({ sequence }));
    if (last === 6n) call.end();
  };
  return [[TrainingServiceService, { watchJob: watch, getJob: unused, listJobs: unused, cancelJob: unused, resumeJob: unused }]] as Parameters<typeof serve>[0];
}

test('a watch goes on from its last event when the registry is restarted', async () => {
  const asked: bigint[] = [];
  let server: TestServer = await serve(registry(3n, asked));
  const client = connect({ address: server.address });
  const port = Number(server.address.split(':')[1]);
  const lost: string[] = [];
  const seen: bigint[] = [];
  cleanUp = () => (client.close(), server.stop());
  for await (const event of watchJob(client, 'job', { onReconnect: (error) => lost.push(error.reason) })) {
    seen.push(event.sequence);
    if (event.sequence !== 3n) continue;
    server.stop();
    setTimeout(() => void serve(registry(6n, asked), {}, port).then((restarted) => (server = restarted)), 400);
  }
  expect(seen).toEqual([1n, 2n, 3n, 4n, 5n, 6n]);
  expect(asked).toEqual([0n, 3n]);
  expect(lost.length).toBeGreaterThan(0);
});

test('a watch gives up after the longest outage allowed', async () => {
  const client = connect({ address: '127.0.0.1:1' });
  const watch = (async () => {
    for await (const _ of watchJob(client, 'job', { maxOutageMs: 300 }));
  })();
  await expect(watch).rejects.toMatchObject({ reason: 'UNAVAILABLE' });
  client.close();
});

test('an unknown job is reported at once', async () => {
  const server = await serve(registry(3n, []));
  await expect(watchJob(server.client, 'other').next()).rejects.toMatchObject({ reason: 'JOB_NOT_FOUND' });
  server.stop();
});

test('aborting ends a watch that waits for a platform that is away', async () => {
  const client = connect({ address: '127.0.0.1:1' });
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 100);
  await expect(watchJob(client, 'job', { signal: controller.signal }).next()).rejects.toBeDefined();
  client.close();
});
