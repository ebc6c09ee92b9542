// The servers: how each is started, where it answers, and of which processes it consists.
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRequire } from 'node:module';
import { ServerProcess } from './server-process.mjs';

const { freePort } = createRequire(import.meta.url)('@quartet/service-kit/dist/platform-testing/processes');
const source = (name) => fileURLToPath(new URL(name, import.meta.url));

/** As many as the heaviest load has under way. */
const MAX_BATCH = 32;

export const NAMES = ['quartet', 'gateway', 'mlserver', 'triton'];
export const TITLES = { quartet: 'Quartet, CNN service', gateway: 'Quartet, gateway', mlserver: 'MLServer', triton: 'Triton' };

/**
 * A server: `{ name, address, processes, start() }`. start gives the time at which its first process was started, by performance.now.
 *
 * @param folder An empty one, for the server's files.
 */
export const makers = {
  /** Both ways to Quartet share its processes. Through the gateway, starting means the whole platform. */
  quartet: (platform, shared) => ({
    name: 'quartet',
    address: `127.0.0.1:${platform.ports.cnn}`,
    get processes() {
      return [shared.cnn];
    },
    async start() {
      await shared.cnn?.end();
      shared.cnn = platform.start('cnn');
      return shared.cnn.startedAt;
    },
    end: async () => {},
  }),
  gateway: (platform, shared) => ({
    name: 'gateway',
    address: `127.0.0.1:${platform.ports.gateway}`,
    get processes() {
      return [shared.cnn, shared.gateway, shared.registry];
    },
    async start() {
      for (const name of ['registry', 'cnn', 'gateway']) shared[name] = platform.start(name);
      return shared.registry.startedAt;
    },
    async end() {
      await Promise.all(['gateway', 'cnn', 'registry'].map((name) => shared[name]?.end()));
    },
  }),
  async mlserver({ folder, savedModel, model, peers }) {
    const [http, grpc, metrics] = [await freePort(), await freePort(), await freePort()];
    mkdirSync(join(folder, model), { recursive: true });
    const settings = { debug: false, host: '127.0.0.1', http_port: http, grpc_port: grpc, metrics_port: metrics, metrics_dir: join(folder, 'metrics') };
    writeFileSync(join(folder, 'settings.json'), JSON.stringify({ ...settings, ...MLSERVER_SETTINGS }));
    const modelSettings = { name: model, implementation: 'mlserver_runtime.SavedModelRuntime', parameters: { uri: savedModel }, ...MLSERVER_MODEL_SETTINGS };
    writeFileSync(join(folder, model, 'model-settings.json'), JSON.stringify(modelSettings));
    const [command, args] = [peers.python, [join(peers.bin, 'mlserver'), 'start', '.']];
    return single('mlserver', grpc, () => new ServerProcess('MLServer', command, args, { cwd: folder, env: { PYTHONPATH: source('.') } }));
  },
  async triton({ folder, savedModel, model, peers }) {
    const port = await freePort();
    const version = join(folder, model, '1');
    mkdirSync(version, { recursive: true });
    copyFileSync(source('triton_model.py'), join(version, 'model.py'));
    copyFileSync(source('saved_model.py'), join(version, 'saved_model.py'));
    writeFileSync(join(folder, model, 'config.pbtxt'), tritonConfig(savedModel));
    const { triton } = peers;
    const args = ['--model-repository', folder, '--backend-directory', triton.backends, '--grpc-address', '127.0.0.1', '--grpc-port', `${port}`];
    args.push('--allow-http', 'false', '--allow-metrics', 'false', '--exit-timeout-secs', '5');
    // The backend's stub starts the Python that comes first in the path, by that Python's shared library.
    const env = { PATH: `${peers.bin}:${process.env.PATH}`, LD_LIBRARY_PATH: triton.libraries.join(':') };
    return single('triton', port, () => new ServerProcess('Triton', triton.server, args, { cwd: folder, env }));
  },
};

/** The fastest of what was tried: see the README. */
const MLSERVER_SETTINGS = { parallel_workers: 0 };
const MLSERVER_MODEL_SETTINGS = { max_batch_size: MAX_BATCH, max_batch_time: 0.001 };

const tritonConfig = (savedModel) => `backend: "python"
max_batch_size: ${MAX_BATCH}
input [ { name: "images" data_type: TYPE_FP32 dims: [ 28, 28, 1 ] } ]
output [ { name: "logits" data_type: TYPE_FP32 dims: [ 10 ] }, { name: "probabilities" data_type: TYPE_FP32 dims: [ 10 ] } ]
instance_group [ { kind: KIND_CPU count: 1 } ]
dynamic_batching { }
parameters { key: "saved_model" value { string_value: ${JSON.stringify(savedModel)} } }
`;

function single(name, port, spawnServer) {
  let server;
  return {
    name,
    address: `127.0.0.1:${port}`,
    get processes() {
      return [server];
    },
    async start() {
      server = spawnServer();
      return server.startedAt;
    },
    async end() {
      await server?.end();
    },
  };
}
