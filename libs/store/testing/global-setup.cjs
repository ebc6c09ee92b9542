// Starts the servers once for all test files, which find them in the environment.
const { startPostgres, startS3 } = require('./servers.cjs');

module.exports = async () => {
  const servers = await Promise.allSettled([startPostgres(), startS3()]);
  const started = servers.flatMap((server) => (server.status === 'fulfilled' ? [server.value] : []));
  globalThis.quartetTestServers = started;
  const failed = servers.find((server) => server.status === 'rejected');
  if (failed) {
    await Promise.all(started.map((server) => server.stop()));
    throw failed.reason;
  }
  process.env.QUARTET_TEST_POSTGRES_URL = started[0].url;
  process.env.QUARTET_TEST_S3_ENDPOINT = started[1].endpoint;
  // moto takes any credentials; the SDK wants some.
  process.env.AWS_ACCESS_KEY_ID = 'test';
  process.env.AWS_SECRET_ACCESS_KEY = 'test';
};
