// In the place of a cluster's name server and of its pods' network: addresses on the loopback of the test's own network namespace,
// and names in a hosts file that only its own mount namespace sees. So clients find each other by the names that the manifests give.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runQuietly } from '../../../tools/setup/command.mjs';

/** Beside that of the metrics adapter. */
const addressOf = (n) => `10.200.1.${n}`;

export class Names {
  #folder = mkdtempSync(join(tmpdir(), 'quartet-names-'));
  #names = new Map();
  #given = 0;

  static async start() {
    // Outside, this would be the machine's own file.
    if (!process.env.QUARTET_TEST_NAMESPACE) throw new Error('not in a namespace of its own; run deploy/test/main.mjs');
    const names = new Names();
    names.#write();
    await runQuietly('mount', ['--bind', names.#file, '/etc/hosts']);
    return names;
  }

  get #file() {
    return join(this.#folder, 'hosts');
  }

  /** An address of its own for a process. */
  async address() {
    const address = addressOf((this.#given += 1));
    await runQuietly('ip', ['address', 'add', `${address}/32`, 'dev', 'lo']);
    return address;
  }

  /** From now on each of the names resolves to this address alone; to none, as that of a Service without ready pods, when it is undefined. */
  resolve(names, address) {
    for (const name of names) {
      if (address) this.#names.set(name, address);
      else this.#names.delete(name);
    }
    this.#write();
  }

  /** In place: another file of this name wouldn't be the one that is mounted. */
  #write() {
    writeFileSync(this.#file, ['127.0.0.1 localhost', ...[...this.#names].map(([name, address]) => `${address} ${name}`), ''].join('\n'));
  }

  async stop() {
    await runQuietly('umount', ['/etc/hosts']);
    for (let n = 1; n <= this.#given; n++) await runQuietly('ip', ['address', 'del', `${addressOf(n)}/32`, 'dev', 'lo']);
    rmSync(this.#folder, { recursive: true });
  }
}
