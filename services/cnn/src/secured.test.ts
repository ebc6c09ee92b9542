import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { connect, uploadDataset, waitUntilServing, watchJob, type CallError, type QuartetClient } from '@quartet/client';
import { DatasetFormat, JobState, readSettings } from '@quartet/contracts';
import { Authority, writeTls, type TlsFiles } from '@quartet/service-kit/dist/platform-testing/certificates';
import { idxFiles, mnist } from '@quartet/service-kit/dist/platform-testing/digits';
import { freePort, ServiceProcess } from '@quartet/service-kit/dist/platform-testing/processes';
import { tinySpec } from './testing/platform';

const root = resolve(__dirname, '../../..');
const sha256 = (token: string) => createHash('sha256').update(token).digest('hex');
const PEOPLE = [
  { name: 'platform', token: 'platform-secret', roles: ['service'] },
  { name: 'ada', token: 'ada-secret', roles: ['train:digits*'] },
  { name: 'root', token: 'root-secret', roles: ['admin'] },
  { name: 'app', token: 'app-secret', roles: ['infer:digits'] },
  { name: 'stranger', token: 'stranger-secret', roles: ['admin:other'] },
];

/** A registry, a CNN service and a gateway with mTLS between all of them and a token for each caller. */
describe('a platform that is secured', () => {
  let home: string;
  let files: TlsFiles;
  let gateway: string;
  let registry: string;
  const authority = new Authority('platform');
  const processes: ServiceProcess[] = [];
  const clients: QuartetClient[] = [];
  const clientOf = (name: string, address = gateway) => {
    const client = connect({ address, settings: readSettings({ ...files, QUARTET_TOKEN: `${name}-secret` }) });
    clients.push(client);
    return client;
  };

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'quartet-secured-'));
    files = writeTls(home, authority.issue('quartet'), authority.pem);
    await writeFile(join(home, 'tokens.json'), JSON.stringify({ tokens: PEOPLE.map(({ name, token, roles }) => ({ name, sha256: sha256(token), roles })) }));
    const ports = { gateway: await freePort(), registry: await freePort(), cnn: await freePort() };
    gateway = `127.0.0.1:${ports.gateway}`;
    registry = `127.0.0.1:${ports.registry}`;
    const env = {
      ...files,
      QUARTET_HOME: home,
      QUARTET_CACHE: join(home, 'cache'),
      QUARTET_TLS_CLIENT_AUTH: 'require',
      QUARTET_AUTH_TOKENS: join(home, 'tokens.json'),
      QUARTET_SERVICE_TOKEN: 'platform-secret',
      QUARTET_AUDIT_FILE: join(home, 'audit', 'changes.jsonl'),
      QUARTET_GATEWAY_PORT: String(ports.gateway),
      QUARTET_REGISTRY_PORT: String(ports.registry),
      QUARTET_CNN_PORT: String(ports.cnn),
      QUARTET_LOG_LEVEL: 'debug',
    };
    processes.push(...(await Promise.all(['registry', 'cnn', 'gateway'].map((name) => ServiceProcess.start(join(root, 'services', name, 'dist/main.js'), env)))));
    for (const service of ['quartet.dataset.v1.DatasetService', 'quartet.cnn.v1.CnnService']) await waitUntilServing(clientOf('ada'), { service, timeoutMs: 90_000 });
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await Promise.all(processes.map((started) => started.end('SIGKILL')));
    await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  });

  const refusal = (call: Promise<unknown>) => call.then(() => 'it was let in', ({ reason, message }: CallError) => `${reason}: ${message}`);
  const ref = { name: 'digits', target: { $case: 'version' as const, value: 1n } };

  test('trains, promotes and serves for those who may', async () => {
    const ada = clientOf('ada');
    const digits = [...idxFiles('train', await mnist('train', 64)), ...idxFiles('t10k', await mnist('t10k', 16))];
    await uploadDataset(ada, 'digits', { format: DatasetFormat.DATASET_FORMAT_IDX }, digits);
    const job = await ada.cnn.train({ model: 'digits', dataset: 'digits', spec: tinySpec, options: { epochs: 1, batchSize: 32, seed: 7n } });
    for await (const _ of watchJob(ada, job.id));
    const ended = await ada.training.getJob({ id: job.id });
    expect([JobState[ended.state], ended.error]).toEqual(['JOB_STATE_SUCCEEDED', '']);
    await clientOf('root').models.promoteVersion({ model: 'digits', version: 1n, label: 'production' });
    const images = { images: [{ content: { $case: 'encoded' as const, value: await readFile(join(root, 'docs/images/seven.png')) } }] };
    const { results } = await clientOf('app').cnn.classify({ model: ref, input: { $case: 'images', value: images } });
    expect(results).toHaveLength(1);
  });

  test('refuses the others, at the gateway by role and at the service by model', async () => {
    expect(await refusal(clientOf('nobody').models.listModels({}))).toMatch(/^UNAUTHENTICATED: The token is not one of those that this server knows/);
    expect(await refusal(clientOf('app').cnn.train({ model: 'digits', dataset: 'digits' }))).toMatch(/^PERMISSION_DENIED: app may not call quartet\.cnn\.v1\.CnnService\/Train: that takes the role train, and the token has infer:digits\./);
    expect(await refusal(clientOf('app').cnn.classify({ model: { name: 'digits2' } }))).toMatch(/^PERMISSION_DENIED: app may not call .*Classify for the model "digits2": that takes the role infer for it/);
    expect(await refusal(clientOf('ada').models.promoteVersion({ model: 'digits', version: 1n, label: 'production' }))).toMatch(/^PERMISSION_DENIED: .* takes the role admin, and the token has train:digits\*/);
    expect(await refusal(clientOf('ada', registry).worker.claimJob({ family: 1, worker: 'ada' }))).toMatch(/^PERMISSION_DENIED: .* takes the role service/);
    expect(await refusal(clientOf('stranger').datasets.deleteDataset({ name: 'digits' }))).toMatch(/^PERMISSION_DENIED: .* takes the role admin for all models, and the token has admin:other/);
  });

  test('shows of models and jobs what the caller may use', async () => {
    const [ada, stranger] = [clientOf('ada'), clientOf('stranger')];
    const { jobs } = await ada.training.listJobs({});
    expect(jobs.map(({ model }) => model)).toEqual(['digits']);
    expect((await ada.models.listModels({})).models.map(({ name }) => name)).toEqual(['digits']);
    expect((await stranger.training.listJobs({})).jobs).toEqual([]);
    expect((await stranger.models.listModels({})).models).toEqual([]);
    const { id } = jobs[0]!;
    for (const call of [stranger.training.getJob({ id }), stranger.training.cancelJob({ id }), stranger.training.resumeJob({ id }), stranger.training.watchJob({ id }).next()]) {
      expect(await refusal(call)).toMatch(/^PERMISSION_DENIED: stranger may not call .* for the model "digits"/);
    }
  });

  test('the command line reaches it with its options or its environment', async () => {
    const { QUARTET_TLS_CA: ca, QUARTET_TLS_CERT: cert, QUARTET_TLS_KEY: key } = files;
    const run = async (args: string[], env: Record<string, string>) => {
      const cli = ServiceProcess.spawn(join(root, 'apps/cli/dist/main.js'), ['models', 'list', '--address', gateway, ...args], { QUARTET_HOME: home, ...env });
      const code = await cli.exit();
      return `${code} ${cli.log.map(({ msg }) => msg).join('\n')}`;
    };
    expect(await run(['--tls-ca', ca, '--tls-cert', cert, '--tls-key', key, '--token', 'app-secret'], {})).toMatch(/^0 [\s\S]*digits/);
    await writeFile(join(home, 'token'), 'app-secret\n');
    expect(await run([], { ...files, QUARTET_TOKEN: `@${join(home, 'token')}` })).toMatch(/^0 [\s\S]*digits/);
    expect(await run([], { ...files })).toMatch(/^1 [\s\S]*carries no token[\s\S]*--token/);
    expect(await run(['--token', 'app-secret'], {})).toMatch(/^1 [\s\S]*cannot reach Quartet[\s\S]*set QUARTET_TLS_CA/);
  });

  test('each change is in the audit log, with who made it and how it ended, and no secret is in any log', async () => {
    const text = await readFile(join(home, 'audit', 'changes.jsonl'), 'utf8');
    const lines = text.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    const of = (method: string) => lines.filter((line) => line['method'] === `quartet.${method}`);
    expect(of('dataset.v1.DatasetService/UploadDataset')).toEqual([expect.objectContaining({ caller: 'ada', via: 'token', service: 'registry', target: { name: 'digits' }, code: 'OK', msg: 'change', time: expect.any(String) })]);
    expect(of('cnn.v1.CnnService/Train')).toEqual([
      expect.objectContaining({ caller: 'ada', service: 'cnn', target: { model: 'digits', dataset: 'digits' }, code: 'OK' }),
      expect.objectContaining({ caller: 'app', service: 'gateway', code: 'PERMISSION_DENIED', reason: 'PERMISSION_DENIED' }),
    ]);
    expect(of('training.v1.WorkerService/PublishVersion')).toEqual([expect.objectContaining({ caller: 'platform', code: 'OK' })]);
    expect(of('model.v1.ModelService/PromoteVersion')).toEqual([
      expect.objectContaining({ caller: 'root', target: { model: 'digits', version: '1', label: 'production' }, code: 'OK' }),
      expect.objectContaining({ caller: 'ada', code: 'PERMISSION_DENIED' }),
    ]);
    expect(of('training.v1.TrainingService/CancelJob')).toEqual([expect.objectContaining({ caller: 'stranger', code: 'PERMISSION_DENIED', target: { id: expect.any(String) } })]);
    const everything = text + processes.map(({ log }) => JSON.stringify(log)).join('\n');
    for (const { token } of PEOPLE) expect(everything).not.toContain(token);
    expect(everything).not.toContain('PRIVATE KEY');
  });
});
