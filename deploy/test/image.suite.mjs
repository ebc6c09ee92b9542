// The image's runtime tree, in a sandbox that stands for a container: no container engine is needed. Run by main.mjs, which has
// put the tree together.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { inRoot } from '../../tools/setup/paths.mjs';
import { parse } from './cluster/manifests.mjs';
import { brightAndDark, clip } from './image/bright-and-dark-clips.mjs';
import { runInContainer } from './image/container.mjs';
import { alone, ENTRY, ImagePlatform } from './image/platform.mjs';

const require = createRequire(inRoot('conformance', 'package.json'));
const { importKeras, tensorFromFloat32, tensorToFloat32, uploadDataset } = require('@quartet/client');
const { DatasetFormat } = require('@quartet/contracts');

const tree = process.env.QUARTET_TEST_IMAGE;
/** Names of the packages that lie in node_modules, at any depth; ours are links there. */
function installedIn(folder) {
  const { packages } = JSON.parse(readFileSync(join(folder, 'node_modules', '.package-lock.json'), 'utf8'));
  const paths = Object.keys(packages).filter((path) => !packages[path].link && path.includes('node_modules/') && existsSync(join(folder, path)));
  return paths.map((path) => packages[path].name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length));
}

const CONSOLE = 'http://127.0.0.1:8080';

describe('the image', { skip: alone }, () => {
  let platform;
  let client;
  const at = () => platform.at();

  before(async () => {
    platform = await ImagePlatform.start(tree, { cnn: { QUARTET_TRAINING_SLOTS: '0' }, gateway: { QUARTET_CONSOLE_PORT: new URL(CONSOLE).port } });
    ({ client } = platform);
  });
  after(() => platform?.stop());

  test('runs as nobody in particular, on a root that it cannot write', async () => {
    const { text } = await runInContainer(at(), 'sh', '-c', 'id -u; grep CapEff /proc/self/status; touch /x /opt/quartet/x; ls -A /root /work; true');
    assert.match(text, /^10001$/m);
    assert.match(text, /CapEff:\s+0000000000000000/);
    assert.match(text, /'\/x': Read-only file system[^]*'\/opt\/quartet\/x': Read-only file system/);
  });

  test('a training pod claims the queued job, trains it and ends with 0; the service answers with its version', async () => {
    await platform.trainInPod(await platform.queueLight());
    await platform.tellsLightFromDark();
  });

  test('video files become a data set, are learned from and are answered', async () => {
    await uploadDataset(client, 'clips', { format: DatasetFormat.DATASET_FORMAT_VIDEO_FOLDER, videoFrames: 3, imageChannels: 1 }, await brightAndDark(at()));
    await platform.trainInPod(await client.cnn.trainVideo({ model: 'clips', dataset: 'clips', options: { epochs: 20, batchSize: 8, seed: 1, learningRate: 0.01 } }));
    const clips = [{ content: { $case: 'encoded', value: await clip(at(), '0x303030') } }, { content: { $case: 'encoded', value: await clip(at(), '0xd0d0d0') } }];
    const { results } = await client.cnn.classifyVideo({ model: { name: 'clips' }, input: { $case: 'clips', value: { clips } } });
    assert.deepEqual(results.map(({ classes }) => classes[0].name), ['dark', 'bright']);
  });

  test('a model that Keras saved as HDF5 answers as it did there', async () => {
    const golden = inRoot('services/cnn/golden/keras');
    const { shape, outputs } = JSON.parse(readFileSync(join(golden, 'golden.json'), 'utf8')).models['plain-h5.h5'];
    await importKeras(client, join(golden, 'plain-h5.h5'), { model: 'keras' });
    await client.models.promoteVersion({ model: 'keras', version: 1 });
    const images = Float32Array.from({ length: outputs.length * shape.reduce((a, b) => a * b) }, (_, i) => ((i * 37 + Math.floor(i / 7) * 11 + ((i * i) % 91)) % 256) / 255);
    const { logits } = await client.cnn.classify({ model: { name: 'keras' }, includeLogits: true, input: { $case: 'batch', value: tensorFromFloat32(images, [outputs.length, ...shape]) } });
    const difference = [...tensorToFloat32(logits)].map((value, i) => Math.abs(value - outputs.flat()[i]));
    assert.ok(difference.length === outputs.flat().length && Math.max(...difference) < 1e-4, difference.join());
  });

  test('the gateway serves the console: the page, all that it loads, and calls from it', async () => {
    const page = await fetch(CONSOLE);
    const addresses = [...(await page.text()).matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, address]) => address);
    assert.ok(addresses.some((name) => name.endsWith('.js')) && addresses.some((name) => name.endsWith('.css')), `the page names ${addresses.join() || 'nothing'}`);
    for (const address of [...addresses, '/assets/comments.json']) {
      const { status, headers } = await fetch(`${CONSOLE}${address}`, { headers: { 'accept-encoding': 'br' } });
      assert.deepEqual([status, headers.get('content-encoding')], [200, 'br'], address);
    }
    const call = await fetch(`${CONSOLE}/quartet.model.v1.ModelService/ListModels`, { method: 'POST', headers: { 'content-type': 'application/grpc-web+proto' }, body: Buffer.alloc(5) });
    const answer = Buffer.from(await call.arrayBuffer()).toString('latin1');
    assert.match(answer, /light[^]*grpc-status: ?0/);
  });

  test('exports every metric that the alerts, the dashboard and the autoscalers ask for', async () => {
    const exported = (await Promise.all([9461, 9462, 9463].map(async (port) => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()))).join('\n');
    const files = ['monitoring/rules.yaml', 'monitoring/quartet.json', 'autoscale-keda/families.yaml', 'autoscale-keda/gateway.yaml', 'autoscale-queue/families.yaml', 'training-keda/scaled-jobs.yaml'];
    const asked = new Set(files.flatMap((file) => readFileSync(inRoot('deploy/components', file), 'utf8').match(/\b(rpc_server|quartet)_[a-z_]+(?=[{\s}])/g)));
    for (const name of ['rpc_service', 'rpc_method', 'rpc_response_status_code']) asked.delete(name);
    assert.ok(asked.size >= 4, [...asked].join());
    for (const name of asked) assert.match(exported, new RegExp(`^${name}(\\{|\\s)`, 'm'));
    for (const label of ['rpc_response_status_code="OK"', 'rpc_service="quartet.cnn.v1.CnnService"', 'model="light']) assert.ok(exported.includes(label), label);
    assert.match(exported, /^quartet_job_count\{family="cnn",state="succeeded"[^}]*\} 2$/m);
  });

  test('every package that a library or service names can be loaded', async () => {
    const script = readFileSync(inRoot('deploy/test/image/dependencies.mjs'), 'utf8');
    const { text } = await runInContainer(at(), '/opt/quartet/bin/node', '--no-warnings', '--experimental-import-meta-resolve', '--input-type=module', '--eval', script, '/opt/quartet');
    assert.match(text, /^loaded [3-9]\d$/);
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
    const { cnn } = platform.containers;
    delete platform.containers.cnn;
    assert.equal(await cnn.stop(), 0);
    assert.ok(cnn.lines.some((line) => line.includes('"msg":"drained"')));
  });

  test('holds what its bill of materials says, and no tools', () => {
    const bill = JSON.parse(readFileSync(join(tree, 'sbom.cdx.json'), 'utf8'));
    const names = bill.components.map(({ name, group }) => (group ? `${group}/${name}` : name));
    for (const name of ['tensorflow-cpu', 'node', ...installedIn(tree)]) assert.ok(names.includes(name), `${name} is not in the bill`);
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
