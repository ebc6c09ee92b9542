// Prometheus as Debian built it, for the suites that scrape: building it took two threads of one core two minutes (docs/decisions/0148-real-operators.md).
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { unpackPackage } from '../../../tools/setup/debian.mjs';
import { binary, home } from './programs.mjs';

const REMEDY = 'Use Debian 12, with its archive in /etc/apt; the tests of KEDA take Prometheus from there';

/** Fetches it into the cache if it isn't there. */
export async function fetchPrometheus(report) {
  if (existsSync(binary('prometheus'))) return;
  const scratch = join(home, 'modules', `prometheus.${process.pid}`);
  await report.during("fetching Debian's Prometheus", async () => {
    const folder = await unpackPackage('prometheus', scratch, REMEDY);
    mkdirSync(join(home, 'bin'), { recursive: true });
    renameSync(join(folder, 'usr', 'bin', 'prometheus'), binary('prometheus'));
  });
  rmSync(scratch, { recursive: true });
}
