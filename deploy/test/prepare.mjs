// What the suites need, made while others run: see prepare().
import { join } from 'node:path';
import { fetchTensorflow, tensorflowFor } from '../../tools/setup/tensorflow.mjs';
import { assemble, assembleApplication } from '../image/assemble.mjs';
import { buildControlPlane, buildKubeScore } from './control-plane/build.mjs';
import { buildOperators, needsOperators } from './control-plane/operators.mjs';
import { imageRoot } from './image/root.mjs';
import { installLinters } from './lint/linters.mjs';

/** Suites of the image, which need no control plane. */
const ACCELERATORS = { image: 'cpu', cuda: 'cuda' };
const isOfImage = (suite) => suite in ACCELERATORS;

/**
 * Begins to make what suites need: the control plane and then the operators, one after the other, which takes the processors; and what comes from the network
 * beside them. Suites that have what they need run meanwhile. @returns by suite, when it is there
 */
export function prepare(report, suites, scratch) {
  const plane = suites.every(isOfImage) ? Promise.resolve() : buildControlPlane(report);
  // Each suite that waits for it is told.
  plane.catch(() => undefined);
  const makeTree = treesIn(report, suites.filter(isOfImage), scratch);
  const makes = {
    image: async () => (process.env.QUARTET_TEST_IMAGE = await makeTree('image')),
    lint: async () => {
      await buildKubeScore(report);
      await installLinters(report);
      await plane;
    },
    cuda: async () => (process.env.QUARTET_TEST_CUDA_IMAGE = await makeTree('cuda')),
  };
  const ready = Object.fromEntries(suites.map((suite) => [suite, plane]));
  const chain = (some, start, make) => {
    let before = start;
    for (const suite of some) {
      ready[suite] = before.then(() => make(suite));
      before = ready[suite].catch(() => undefined);
    }
  };
  chain(suites.filter(needsOperators), plane, (suite) => buildOperators(report, suite));
  chain(Object.keys(makes).filter((suite) => suites.includes(suite)), Promise.resolve(), (suite) => makes[suite]());
  return ready;
}

/**
 * What npm, Debian's archive and the wheels give, which need the network: the namespaces haven't any. Gigabytes are fetched for GPUs, so that begins at once.
 * @returns of a suite: makes the tree of its image, and returns its folder; the root below it, which can be made by root alone, is noted for the suites
 */
function treesIn(report, suites, scratch) {
  const fetched = Object.fromEntries(suites.map((suite) => [suite, fetchTensorflow(report, tensorflowFor(ACCELERATORS[suite]))]));
  // Each is told to whoever waits for it.
  for (const each of Object.values(fetched)) each.catch(() => undefined);
  const folder = join(scratch, 'application');
  let application;
  return async (suite) => {
    if (process.getuid() === 0) process.env.QUARTET_TEST_IMAGE_ROOT = await imageRoot(report);
    application ??= report.during("putting the images' services together", () => assembleApplication(folder));
    await Promise.all([application, fetched[suite]]);
    const tree = join(scratch, suite);
    await report.during(`putting the image's tree together (${ACCELERATORS[suite]})`, () => assemble(ACCELERATORS[suite], tree, { application: folder }));
    return tree;
  };
}
