import { inRoot } from '../../../tools/setup/paths.mjs';
import { Process } from '../cluster/process.mjs';

/** A process in the sandbox that stands for a container. */
export class Container extends Process {
  /** @param root made by root.mjs; `env` settings; `args` the command. */
  constructor({ root, tree, blobs, env = {} }, ...args) {
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    super('unshare', ['--mount', inRoot('deploy/test/image/sandbox.sh'), root, tree, blobs, ...variables, ...args]);
  }
}

/** Runs a command to its end. @returns its exit code and lines. */
export async function runInContainer(image, ...args) {
  const container = new Container(image, ...args);
  return { code: await container.exit(), text: container.lines.join('\n') };
}
