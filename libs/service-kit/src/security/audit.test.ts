import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { credentials } from '@grpc/grpc-js';
import { cnn, PromoteVersionRequest, UploadDatasetRequest } from '@quartet/contracts';
import { startCnn } from '../testing/cnn-server';
import { targetOf } from './audit';

test('of a request only what says what is changed is written', () => {
  expect(targetOf(PromoteVersionRequest.fromPartial({ model: 'digits', version: 3n, label: 'production' }))).toEqual({ model: 'digits', version: '3', label: 'production' });
  expect(targetOf({ name: 'd', uri: 's3://bucket/key?X-Amz-Signature=secret', options: { format: 1 } })).toEqual({ name: 'd', uri: 's3://bucket/key' });
  expect(targetOf(UploadDatasetRequest.fromPartial({ message: { $case: 'header', value: { name: 'mnist' } } }))).toEqual({ name: 'mnist' });
  expect(targetOf({ lease: { token: 'secret', job: 'j' }, data: Buffer.from('secret') })).toEqual({});
  expect(targetOf({ model: { name: 'digits', target: { $case: 'version', value: 2n } } })).toEqual({ model: 'digits', version: '2' });
  expect(targetOf(undefined)).toEqual({});
});

describe('where it is written', () => {
  const train = (address: string) =>
    new Promise((resolve) => {
      const client = new cnn.CnnServiceClient(address, credentials.createInsecure());
      client.train(cnn.TrainRequest.fromPartial({ model: 'digits', dataset: 'mnist' }), (error) => (client.close(), resolve(error)));
    });

  test('to the log, also where that is for errors only', async () => {
    const server = await startCnn({}, 'error');
    expect(await train(server.address)).toBeNull();
    await server.drain();
    expect(server.logged).toEqual([
      expect.objectContaining({ msg: 'change', caller: 'anonymous', via: 'nothing', method: 'quartet.cnn.v1.CnnService/Train', target: { model: 'digits', dataset: 'mnist' }, code: 'OK', peer: expect.stringMatching(/^127/) }),
    ]);
  });

  test('to a file of its own, which only its owner may read, in the same form', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'quartet-audit-'));
    const file = join(folder, 'deep', 'audit.jsonl');
    const server = await startCnn({ QUARTET_AUDIT_FILE: file });
    await train(server.address);
    await train(server.address);
    await server.drain();
    const lines = (await readFile(file, 'utf8')).trim().split('\n').map((line) => JSON.parse(line) as object);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toEqual(expect.objectContaining({ msg: 'change', service: 'cnn', time: expect.any(String), caller: 'anonymous', code: 'OK' }));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(server.logged.some(({ msg }) => msg === 'change')).toBe(false);
    await rm(folder, { recursive: true });
  });
});
