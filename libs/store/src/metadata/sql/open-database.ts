import { join } from 'node:path';
import type { Settings } from '@quartet/contracts';
import type { Connection } from './connection';
import { openEmbedded } from './embedded';
import { openServer } from './server';

/** Opens the database that the settings name: a server, or the embedded one below QUARTET_HOME. */
export function openDatabase({ QUARTET_DATABASE_URL: url, QUARTET_HOME: home }: Pick<Settings, 'QUARTET_HOME' | 'QUARTET_DATABASE_URL'>): Promise<Connection> {
  return url ? openServer(url) : openEmbedded(join(home, 'registry', 'db'));
}
