import { QuartetError } from '@quartet/contracts';
import type { MetadataOptions } from '../open';
import { Queue } from '../queue';
import { openDatabase } from '../sql/open-database';
import { migrate } from '../sql/migrate';
import { MIGRATIONS } from '../sql/migrations';
import { loadFrom } from './load';

/**
 * Brings the rows of a backup into an empty database, which then has this release's tables. A backup of an older release is read into its own
 * tables first, which are then migrated as that release's database would be.
 * @throws QuartetError WRONG_STATE if the database isn't empty, is in use, or the backup is of a newer release.
 */
export async function restoreMetadata(settings: MetadataOptions['settings'], file: string, migrations: number): Promise<void> {
  if (migrations > MIGRATIONS.length) {
    throw new QuartetError('WRONG_STATE', `The backup is of a newer release: it has ${migrations} migrations, this release knows ${MIGRATIONS.length}. Restore it with the release that made it, or a newer one.`);
  }
  const connection = await openDatabase(settings);
  try {
    await connection.exclusively(async () => {
      await migrate(connection.db, MIGRATIONS.slice(0, migrations));
      const queue = await Queue.open(connection, () => undefined);
      try {
        await loadFrom(connection.db, queue, file);
      } finally {
        await queue.close();
      }
      await migrate(connection.db);
    });
  } finally {
    await connection.close();
  }
}
