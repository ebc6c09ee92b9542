// The image's runtime tree, in a sandbox that stands for a container: no container engine is needed. Run by main.mjs, which has
// put the tree together.
import assert from 'node:assert/strict';
import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { inRoot } from '../../tools/setup/paths.mjs';
import { parse } from './cluster/manifests.mjs';
import { Container, runInContainer } from './image/container.mjs';
import { image, lightAndDark } from './image/light-and-dark.mjs';

const require = createRequire(inRoot('conformance', 'package.json'));
const { connect, uploadDataset, waitUntilServing } = require('@quartet/client');
const { DatasetFormat, JobState } = require('@quartet/contracts');

/** The manifests' own settings, but for the folders and for the names of hosts: all containers share one here, and its loopback. */
const [{ data }] = parse(readFileSync(inRoot('deploy/base/settings.yaml'), 'utf8'));
const settings = Object.fromEntries(
  Object.entries({ ...data, QUARTET_INSECURE: 'true' })
    .filter(([name]) => !['QUARTET_HOME', 'QUARTET_CACHE'].includes(name))
    .map(([name, value]) => [name, value.replace(/^dns:\/\/\/[a-z]+:/, 'dns:///localhost:')]),
);
const USER = 10001;
const tree = process.env.QUARTET_TEST_IMAGE;
const ENTRY = '/opt/quartet/bin/quartet-service';
/** In a user namespace of one user there is no other to become. */
const alone = !readFileSync('/proc/self/uid_map', 'utf8').split('\n').some((line) => Number(line.trim().split(/\s+/)[2]) > USER) && 'needs root: run `npm run test:deploy` as root';

describe('the image', { skip: alone }, () => {
  const blobs = mkdtempSync(join(tmpdir(), 'quartet-image-blobs-'));
  const at = (env = {}) => ({ tree, blobs, env: { ...settings, ...env } });
  const containers = {};
  let client;

  before(async () => {
    chownSync(blobs, USER, USER);
    const metrics = (port) => ({ QUARTET_METRICS_PORT: String(port) });
    containers.registry = new Container(at(metrics(9461)), ENTRY, 'registry');
    containers.cnn = new Container(at({ ...metrics(9462), QUARTET_TRAINING_SLOTS: '0' }), ENTRY, 'cnn');
    containers.gateway = new Container(at(metrics(9463)), ENTRY, 'gateway');
    await Promise.all(Object.values(containers).map((container) => container.line(/"msg":"listening"/)));
    client = connect({ address: '127.0.0.1:50050' });
    for (const service of ['quartet.dataset.v1.DatasetService', 'quartet.cnn.v1.CnnService']) await waitUntilServing(client, { service, timeoutMs: 120_000 });
  });
  after(async () => {
    client?.close();
    for (const container of Object.values(containers)) await container.stop();
    rmSync(blobs, { recursive: true });
  });

  test('runs as nobody in particular, on a root that it cannot write', async () => {
    const { text } = await runInContainer(at(), 'sh', '-c', 'id -u; grep CapEff /proc/self/status; touch /x /opt/quartet/x; ls -A /root /work; true');
    assert.match(text, /^10001$/m);
    assert.match(text, /CapEff:\s+0000000000000000/);
    assert.match(text, /'\/x': Read-only file system[^]*'\/opt\/quartet\/x': Read-only file system/);
  });

  test('a training pod claims the queued job, trains it and ends with 0; the service answers with its version', async () => {
    await uploadDataset(client, 'light', { format: DatasetFormat.DATASET_FORMAT_IDX }, lightAndDark());
    const spec = { layers: [{ layer: { $case: 'flatten', value: {} } }, { layer: { $case: 'dense', value: { units: 8 } } }] };
    const job = await client.cnn.train({ model: 'light', dataset: 'light', spec, options: { epochs: 5, batchSize: 20, seed: 1, learningRate: 0.01 } });
    const trained = await runInContainer(at(), ENTRY, 'train', 'cnn');
    assert.equal(trained.code, 0, trained.text);
    const ended = await client.training.getJob({ id: job.id });
    assert.equal(JobState[ended.state], 'JOB_STATE_SUCCEEDED', ended.error);
    await client.models.promoteVersion({ model: 'light', version: 1 });
    const batch = { dtype: 'uint8', shape: [2, 8, 8, 1], data: Buffer.concat([image(1, 5), image(0, 6)]) };
    const { tensorFromUint8 } = require('@quartet/client');
    const { results } = await client.cnn.classify({ model: { name: 'light' }, input: { $case: 'batch', value: tensorFromUint8(new Uint8Array(batch.data), batch.shape) } });
    assert.deepEqual(results.map(({ classes }) => classes[0].name), ['1', '0']);
  });

  test('exports every metric that the alerts, the dashboard and the autoscalers ask for', async () => {
    const exported = (await Promise.all([9461, 9462, 9463].map(async (port) => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()))).join('\n');
    const files = ['monitoring/rules.yaml', 'monitoring/quartet.json', 'autoscale-keda/families.yaml', 'autoscale-keda/gateway.yaml', 'autoscale-queue/families.yaml', 'training-keda/scaled-jobs.yaml'];
    const asked = new Set(files.flatMap((file) => readFileSync(inRoot('deploy/components', file), 'utf8').match(/\b(rpc_server|quartet)_[a-z_]+(?=[{\s}])/g)));
    for (const name of ['rpc_service', 'rpc_method', 'rpc_response_status_code']) asked.delete(name);
    assert.ok(asked.size >= 4, [...asked].join());
    for (const name of asked) assert.match(exported, new RegExp(`^${name}(\\{|\\s)`, 'm'));
    for (const label of ['rpc_response_status_code="OK"', 'rpc_service="quartet.cnn.v1.CnnService"', 'model="light']) assert.ok(exported.includes(label), label);
    assert.match(exported, /^quartet_job_count\{family="cnn",state="succeeded"[^}]*\} 1$/m);
  });

  test('says what it takes when the role is unknown', async () => {
    const { code, text } = await runInContainer(at(), ENTRY, 'rbm');
    assert.equal(code, 2);
    assert.match(text, /there is no role "rbm"\nusage: quartet-service ROLE \| quartet-service train FAMILY\nroles: autoencoder cnn gan gateway registry rnn/);
    const training = await runInContainer(at(), ENTRY, 'train', 'gateway');
    assert.equal(training.code, 2);
    assert.match(training.text, /there is no family "gateway" to train/);
  });

  test('SIGTERM drains: exit code 0', async () => {
    const { cnn } = containers;
    delete containers.cnn;
    assert.equal(await cnn.stop(), 0);
    assert.ok(cnn.lines.some((line) => line.includes('"msg":"drained"')));
  });

  test('holds what its bill of materials says, and no tools', () => {
    const bill = JSON.parse(readFileSync(join(tree, 'sbom.cdx.json'), 'utf8'));
    const names = bill.components.map(({ name, group }) => (group ? `${group}/${name}` : name));
    for (const name of ['tensorflow-cpu', 'node', '@grpc/grpc-js']) assert.ok(names.includes(name), `${name} is not in the bill`);
    for (const name of ['jest', 'nx', 'typescript', 'vega']) {
      assert.ok(!names.includes(name), `${name} is in the bill`);
      assert.ok(!readdirSync(join(tree, 'node_modules')).includes(name), `${name} is in the image`);
    }
    assert.deepEqual(readdirSync(tree).sort(), ['bin', 'engine', 'libs', 'node_modules', 'package.json', 'sbom.cdx.json', 'services']);
  });
});

// The Dockerfile itself needs an engine to be built; what the manifests rely on is read from it.
test('the Dockerfile has the user, the entry point and the targets that the manifests name', () => {
  const text = readFileSync(inRoot('deploy/Dockerfile'), 'utf8');
  const [deployment] = parse(readFileSync(inRoot('deploy/base/family/deployment.yaml'), 'utf8'));
  const { runAsUser, runAsGroup } = deployment.spec.template.spec.securityContext;
  assert.match(text, new RegExp(`^USER ${runAsUser}:${runAsGroup}$`, 'm'));
  assert.match(text, /^ENTRYPOINT \["\/opt\/quartet\/bin\/quartet-service"\]$/m);
  for (const target of ['cpu', 'cuda']) assert.match(text, new RegExp(`^FROM runtime AS ${target}$`, 'm'));
});
