import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { inference } from '@quartet/contracts';

/** Those of Triton's extensions that work here. */
const EXTENSIONS = ['classification', 'model_configuration', 'model_repository', 'model_repository(unload_dependents)', 'statistics'];

const { version } = JSON.parse(readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8')) as { version: string };

/** What every service and the gateway say of themselves. */
export const serverMetadata = (): inference.ServerMetadataResponse => ({ name: 'quartet', version, extensions: [...EXTENSIONS] });
