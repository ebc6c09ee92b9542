import { connect } from 'node:http2';
import { call, EchoService, startEcho } from '../testing/echo';
import { until } from '../testing/until';

test('the calls of a connection may have megabytes on their way together, and a single one as much as ever', async () => {
  const server = await startEcho();
  const session = connect(`http://${server.address}`);
  await until(() => (session.state.remoteWindowSize ?? 0) > 8 * 1024 * 1024);
  expect(session.remoteSettings.initialWindowSize).toBe(65_535);
  session.close();
  await server.close();
});

test('a message that comes is not held up by those of other calls that nobody takes in', async () => {
  const server = await startEcho({
    // Reads nothing until its caller leaves.
    collect: (_, { signal }) => new Promise((__, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
  });
  const { collect, say } = EchoService;
  const unread = Array.from({ length: 20 }, () => {
    const stream = server.client.makeClientStreamRequest(collect.path, collect.requestSerialize, collect.responseDeserialize, () => undefined);
    for (let at = 0; at < 4; at++) stream.write({ text: 'x'.repeat(30_000) });
    return stream;
  });
  const { messages } = await call(server.client, say, [{ text: 'hello' }], { deadline: Date.now() + 10_000 });
  expect(messages).toEqual([{ text: 'you said hello' }]);
  for (const stream of unread) stream.cancel();
  await server.close();
});
