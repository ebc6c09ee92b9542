// Starts the servers once for all test files, which find them in the environment.
const { pgliteTemplate } = require('./pglite-template.cjs');
const { startPostgres, startS3 } = require('./servers.cjs');

module.exports = async () => {
  const [postgres, s3, template] = await Promise.allSettled([startPostgres(), startS3(), pgliteTemplate()]);
  const started = [postgres, s3].flatMap((server) => (server.status === 'fulfilled' ? [server.value] : []));
  const failed = [postgres, s3, template].find(({ status }) => status === 'rejected');
  if (failed) {
    // jest runs no teardown after a set-up that failed.
    await Promise.all(started.map((server) => server.stop()));
    throw failed.reason;
  }
  globalThis.quartetTestServers = started;
  process.env.QUARTET_TEST_POSTGRES_URL = postgres.value.url;
  process.env.QUARTET_TEST_S3_ENDPOINT = s3.value.endpoint;
  process.env.QUARTET_TEST_PGLITE = template.value;
  // moto takes any credentials; the SDK wants some.
  process.env.AWS_ACCESS_KEY_ID = 'test';
  process.env.AWS_SECRET_ACCESS_KEY = 'test';
};
