// Run to be killed in the midst of a migration: opens the database, brings it to this release, and then to one more, which takes long.
const { migrate } = require('../dist/metadata/sql/migrate');
const { MIGRATIONS } = require('../dist/metadata/sql/migrations');
const { openDatabase } = require('../dist/metadata/sql/open-database');

async function main() {
  const { db } = await openDatabase({ QUARTET_HOME: process.env.QUARTET_HOME, QUARTET_DATABASE_URL: process.env.QUARTET_DATABASE_URL ?? '' });
  await migrate(db);
  const statements = ['CREATE TABLE quartet.half_made (x int)', ...Array.from({ length: 2000 }, (_, at) => `INSERT INTO quartet.half_made SELECT ${at} + generate_series(1, 300)`)];
  const slow = { id: MIGRATIONS.length + 1, name: 'slow', statements };
  process.stdout.write('migrating\n');
  await migrate(db, [...MIGRATIONS, slow]);
  process.stdout.write('migrated\n');
}

main();
