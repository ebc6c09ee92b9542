// Registry, CNN service and gateway from an image's tree, each in a sandbox of its own, under the manifests' own settings.
import assert from 'node:assert/strict';
import { chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inRoot } from '../../../tools/setup/paths.mjs';
import { parse } from '../cluster/manifests.mjs';
import { Container, runInContainer } from './container.mjs';
import { runtimeStage } from './dockerfile.mjs';
import { image, lightAndDark } from './light-and-dark.mjs';

const require = createRequire(inRoot('conformance', 'package.json'));
const { connect, tensorFromUint8, uploadDataset, waitUntilServing } = require('@quartet/client');
const { DatasetFormat, JobState } = require('@quartet/contracts');

const USER = 10001;
export const ENTRY = '/opt/quartet/bin/quartet-service';
/** In a user namespace of one user there is no other to become. */
export const alone = !readFileSync('/proc/self/uid_map', 'utf8').split('\n').some((line) => Number(line.trim().split(/\s+/)[2]) > USER) && 'needs root: run `npm run test:deploy` as root';

/** All containers share one host here, and its loopback. What is built meanwhile may keep a training from saying that it is alive for longer than the usual ten seconds. */
const [{ data }] = parse(readFileSync(inRoot('deploy/base/settings.yaml'), 'utf8'));
const settings = Object.fromEntries(Object.entries({ ...runtimeStage().env, ...data, QUARTET_INSECURE: 'true', QUARTET_LEASE_MS: '60000' }).map(([name, value]) => [name, value.replace(/^dns:\/\/\/[a-z]+:/, 'dns:///localhost:')]));

export class ImagePlatform {
  containers = {};
  client;
  #blobs = mkdtempSync(join(tmpdir(), 'quartet-image-blobs-'));
  #tree;

  constructor(tree) {
    this.#tree = tree;
    chownSync(this.#blobs, USER, USER);
  }

  /** @param own settings of each role beyond the manifests'. */
  static async start(tree, own = {}) {
    const platform = new ImagePlatform(tree);
    try {
      for (const [index, role] of ['registry', 'cnn', 'gateway'].entries()) platform.containers[role] = new Container(platform.at({ QUARTET_METRICS_PORT: String(9461 + index), ...own[role] }), ENTRY, role);
      await Promise.all(Object.values(platform.containers).map((container) => container.line(/"msg":"listening"/)));
      platform.client = connect({ address: '127.0.0.1:50050' });
      for (const service of ['quartet.dataset.v1.DatasetService', 'quartet.cnn.v1.CnnService']) await waitUntilServing(platform.client, { service, timeoutMs: 300_000 });
      return platform;
    } catch (error) {
      await platform.stop();
      throw error;
    }
  }

  /** What a Container takes. */
  at(env = {}) {
    return { root: process.env.QUARTET_TEST_IMAGE_ROOT, tree: this.#tree, blobs: this.#blobs, env: { ...settings, ...env } };
  }

  /** Has a training pod train the job, and the family serve what it made. @returns what the pod wrote. */
  async trainInPod({ id, model }) {
    const { code, text } = await runInContainer(this.at(), ENTRY, 'train', 'cnn');
    assert.equal(code, 0, text);
    await this.promote({ id, model });
    return text;
  }

  /** Serves the first version of a model, whose training must have succeeded. */
  async promote({ id, model }) {
    const ended = await this.client.training.getJob({ id });
    assert.equal(JobState[ended.state], 'JOB_STATE_SUCCEEDED', ended.error);
    await this.client.models.promoteVersion({ model, version: 1 });
  }

  /** Queues the training of a network that tells light images from dark ones. */
  async queueLight() {
    await uploadDataset(this.client, 'light', { format: DatasetFormat.DATASET_FORMAT_IDX }, lightAndDark());
    const spec = { layers: [{ layer: { $case: 'flatten', value: {} } }, { layer: { $case: 'dense', value: { units: 8 } } }] };
    return this.client.cnn.train({ model: 'light', dataset: 'light', spec, options: { epochs: 5, batchSize: 20, seed: 1, learningRate: 0.01 } });
  }

  async tellsLightFromDark() {
    const batch = tensorFromUint8(new Uint8Array(Buffer.concat([image(1, 5), image(0, 6)])), [2, 8, 8, 1]);
    const { results } = await this.client.cnn.classify({ model: { name: 'light' }, input: { $case: 'batch', value: batch } });
    assert.deepEqual(results.map(({ classes }) => classes[0].name), ['1', '0']);
  }

  async stop() {
    this.client?.close();
    for (const container of Object.values(this.containers)) await container.stop();
    rmSync(this.#blobs, { recursive: true });
  }
}
