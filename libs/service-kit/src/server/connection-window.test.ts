import { connect } from 'node:http2';
import { startEcho } from '../testing/echo';
import { until } from '../testing/until';

test('the calls of a connection may have megabytes on their way together, and a single one as much as ever', async () => {
  const server = await startEcho();
  const session = connect(`http://${server.address}`);
  await until(() => (session.state.remoteWindowSize ?? 0) > 8 * 1024 * 1024);
  expect(session.remoteSettings.initialWindowSize).toBe(65_535);
  session.close();
  await server.close();
});
