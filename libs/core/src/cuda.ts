import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Whether the TensorFlow that this process has loaded is the one for NVIDIA's GPUs: their libraries lie beside it then, as in the wheels.
 * @param maps what the process has in memory, as Linux tells it
 */
export function isMadeForCuda(maps: string = readFileSync('/proc/self/maps', 'utf8')): boolean {
  const [library] = /\/.*libtensorflow_framework\.so[.\d]*/.exec(maps) ?? [];
  return library !== undefined && existsSync(join(dirname(library), '..', 'nvidia'));
}
