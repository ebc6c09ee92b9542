// Quartet, as its users run it: registry, CNN service and gateway with default settings, their state in a folder of this run.
import { createRequire } from 'node:module';
import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inRoot } from '../../../tools/setup/paths.mjs';
import { ServerProcess } from './server-process.mjs';

const require = createRequire(import.meta.url);
const { connect, uploadDataset, waitUntilServing, watchJob } = require('@quartet/client');
const { DatasetFormat, JobState } = require('@quartet/contracts');
const { idxFiles, mnist } = require('@quartet/service-kit/dist/platform-testing/digits');
const { freePort } = require('@quartet/service-kit/dist/platform-testing/processes');

const START_MS = 120_000;
const [TRAIN_DIGITS, TEST_DIGITS] = [2000, 200];

export class Platform {
  /** @param home Folder for the state; made if need be. @param model Name of the model. @param spec Its network; default: the CNN service's own. @param digits To train it on. */
  static async inFolder(home, model, { spec, digits = TRAIN_DIGITS } = {}) {
    const ports = { registry: await freePort(), cnn: await freePort(), gateway: await freePort() };
    return new Platform(home, model, ports, { spec, digits });
  }

  constructor(home, model, ports, { spec, digits = TRAIN_DIGITS } = {}) {
    Object.assign(this, { home, model, ports, spec, digits });
    this.env = {
      QUARTET_HOME: home,
      QUARTET_CACHE: join(home, 'cache'),
      QUARTET_LOG_LEVEL: 'warn',
      QUARTET_HOST: '127.0.0.1',
      QUARTET_REGISTRY_PORT: `${ports.registry}`,
      QUARTET_CNN_PORT: `${ports.cnn}`,
      QUARTET_GATEWAY_PORT: `${ports.gateway}`,
    };
  }

  /** Starts one of its services, without waiting for anything. */
  start(name) {
    return new ServerProcess(`Quartet's ${name}`, process.execPath, [inRoot('services', name, 'dist/main.js')], { env: this.env });
  }

  /** Trains the network for an epoch on some digits, promotes it, and writes its SavedModel. @returns the SavedModel's folder */
  async prepare() {
    const processes = ['registry', 'cnn', 'gateway'].map((name) => this.start(name));
    const client = connect({ address: `127.0.0.1:${this.ports.gateway}` });
    try {
      for (const service of ['quartet.dataset.v1.DatasetService', 'quartet.cnn.v1.CnnService']) await waitUntilServing(client, { service, timeoutMs: START_MS });
      await this.#train(client);
      return await this.#export(client);
    } catch (cause) {
      throw new Error(`${cause.message}\n${processes.map(({ said }) => said).join('\n')}`, { cause });
    } finally {
      client.close();
      await Promise.all(processes.map((each) => each.end()));
    }
  }

  async #train(client) {
    const files = [...idxFiles('train', await mnist('train', this.digits)), ...idxFiles('t10k', await mnist('t10k', TEST_DIGITS))];
    await uploadDataset(client, 'digits', { format: DatasetFormat.DATASET_FORMAT_IDX }, files, { deadlineMs: START_MS });
    const job = await client.cnn.train({ model: this.model, dataset: 'digits', spec: this.spec, options: { epochs: 1, batchSize: 64, seed: 1n } });
    for await (const event of watchJob(client, job.id)) void event;
    const ended = await client.training.getJob({ id: job.id });
    if (ended.state !== JobState.JOB_STATE_SUCCEEDED) throw new Error(`the training ended as ${JobState[ended.state]}: ${ended.error}`);
    await client.models.promoteVersion({ model: this.model, version: ended.version });
  }

  async #export(client) {
    const folder = join(this.home, 'export');
    for await (const { path, data } of client.models.exportVersion({ model: { name: this.model } })) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      appendFileSync(join(folder, path), data);
    }
    return join(folder, 'saved_model');
  }
}
