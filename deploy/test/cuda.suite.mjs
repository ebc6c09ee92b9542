// The runtime tree of the image for GPU nodes, on a machine without a GPU: TensorFlow's CUDA build and NVIDIA's libraries load, say once
// that there is no GPU, and train and answer on the CPU: docs/decisions/0150-cuda-tree.md.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { runQuietly } from '../../tools/setup/command.mjs';
import { LIBRARIES, tensorflowFor } from '../../tools/setup/tensorflow.mjs';
import { runInContainer } from './image/container.mjs';
import { alone, ImagePlatform } from './image/platform.mjs';
import { environmentOfChild } from './image/processes.mjs';

const tree = process.env.QUARTET_TEST_CUDA_IMAGE;
const libraries = join(tree ?? '', 'engine', 'tensorflow');
const MEMORY_MB = '3000';
/** Once there is a GPU. */
const LOADED_BY_NEED = ['libcublas.so.12', 'libcublasLt.so.12', 'libcudart.so.12', 'libcudnn.so.9', 'libcufft.so.11', 'libcusolver.so.11', 'libcusparse.so.12', 'libnccl.so.2'];

describe('the image for GPUs, without one', { skip: alone }, () => {
  let platform;
  let cnn;
  /** Not those of a registry that starts at the same time. */
  const warnings = () => cnn.lines.filter((line) => line.startsWith('{') && line.includes('GPU')).map((line) => JSON.parse(line));

  before(async () => {
    platform = await ImagePlatform.start(tree, { cnn: { QUARTET_ENGINE_WORKERS: '2', QUARTET_GPU_MEMORY_MB: MEMORY_MB, CUDA_VISIBLE_DEVICES: '' } });
    ({ cnn } = platform.containers);
  });
  after(() => platform?.stop());

  test('the service computes on the CPU, and warns of it once for all its workers', async () => {
    const ready = () => cnn.lines.filter((line) => line.includes('"msg":"engine worker ready"'));
    while (ready().length < 2) await sleep(100);
    const { version } = tensorflowFor('cuda');
    for (const line of ready()) assert.equal(JSON.parse(line).engine, `TensorFlow ${version} on cpu`);
    assert.deepEqual(warnings().map(({ level }) => level), ['warn'], JSON.stringify(warnings()));
    assert.match(warnings()[0].msg, /^this TensorFlow is made for NVIDIA's GPUs and finds none, so it computes on the CPU, many times slower; give the process a GPU/);
  });

  test('a training process takes memory of a GPU by need, up to the setting; it learns, and warns once', async () => {
    const job = await platform.queueLight();
    const { TF_FORCE_GPU_ALLOW_GROWTH, TF_PER_DEVICE_MEMORY_LIMIT_MB } = await environmentOfChild(cnn.pid, /training-process/);
    assert.deepEqual({ TF_FORCE_GPU_ALLOW_GROWTH, TF_PER_DEVICE_MEMORY_LIMIT_MB }, { TF_FORCE_GPU_ALLOW_GROWTH: 'true', TF_PER_DEVICE_MEMORY_LIMIT_MB: MEMORY_MB });
    while ((await platform.client.training.getJob({ id: job.id })).version === 0n) await sleep(200);
    await platform.promote(job);
    await platform.tellsLightFromDark();
    const trainings = warnings().filter(({ service }) => service === 'cnn-training');
    assert.equal(trainings.length, 1, JSON.stringify(warnings()));
    assert.equal(warnings().length, 2, JSON.stringify(warnings()));
  });

  test("nothing that the libraries are linked with is missing in the image, but the driver's", async () => {
    const { code, text } = await runInContainer(platform.at(), 'sh', '-c', 'cd /opt/quartet/engine; for library in tensorflow/*.so* nvidia/*/lib/*.so*; do echo "$library"; ldd "$library"; done');
    assert.equal(code, 0, text);
    const missing = [...text.matchAll(/(\S+) => not found/g)].map(([, name]) => name);
    assert.deepEqual([...new Set(missing)].filter((name) => name !== 'libcuda.so.1'), []);
    assert.ok(text.includes('nvidia/cudnn/lib/libcudnn.so.9\n'), text);
  });
});

test("TensorFlow reads these variables, and finds NVIDIA's libraries where it looks for them", async () => {
  const framework = readFileSync(join(libraries, 'libtensorflow_framework.so.2'));
  for (const name of ['TF_FORCE_GPU_ALLOW_GROWTH', 'TF_PER_DEVICE_MEMORY_LIMIT_MB']) assert.ok(framework.includes(`${name}\0`), name);
  const found = new Set();
  for (const library of LIBRARIES) {
    const [, runPath] = /\(RUNPATH\).*\[(.*)\]/.exec(await runQuietly('readelf', ['--dynamic', join(libraries, library)], { remedy: 'apt-get install -y binutils' }));
    const folders = runPath.split(':').map((folder) => folder.replace('$ORIGIN', libraries));
    for (const name of folders.filter((folder) => existsSync(folder)).flatMap((folder) => readdirSync(folder))) found.add(name);
  }
  for (const name of LOADED_BY_NEED) assert.ok(found.has(name), `${name} is nowhere that TensorFlow looks`);
});

test('the bill of materials names every wheel', () => {
  const { components } = JSON.parse(readFileSync(join(tree, 'sbom.cdx.json'), 'utf8'));
  for (const { name, version, sha256 } of tensorflowFor('cuda').wheels) {
    const component = components.find(({ purl }) => purl === `pkg:pypi/${name}@${version}`);
    assert.equal(component?.hashes[0].content, sha256, name);
  }
});
