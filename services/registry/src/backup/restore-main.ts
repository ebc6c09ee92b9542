import { QuartetError, readSettings } from '@quartet/contracts';
import { restore } from './restore';

// The entry of a restore, while no registry runs:  node restore-main.js <folder of the backup>
// The place is that of the settings: QUARTET_HOME, QUARTET_DATABASE_URL, QUARTET_BLOB_URL. Prints the backup's summary as JSON.

async function main(): Promise<void> {
  const folder = process.argv[2];
  if (!folder) throw QuartetError.invalid('folder', 'is missing; run: node restore-main.js <folder of the backup>');
  process.stdout.write(`${JSON.stringify(await restore(readSettings(), folder))}\n`);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${QuartetError.is(error) ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
