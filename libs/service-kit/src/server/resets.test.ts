import { status } from '@grpc/grpc-js';
import { call, EchoService, startEcho, type EchoServer, type Note } from '../testing/echo';
import { until } from '../testing/until';

const { say, chat } = EchoService;

/** A server whose `say` answers "wait" never, and all else at once. */
async function started(env: Record<string, string> = {}): Promise<{ server: EchoServer; waiting: () => number }> {
  let waiting = 0;
  const server = await startEcho(
    {
      say: async ({ text }, { signal }) => {
        if (text !== 'wait') return { text };
        waiting += 1;
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
      },
    },
    { env },
  );
  return { server, waiting: () => waiting };
}

/** Makes so many calls and cancels each once its handler runs, hundreds at a time. */
async function cancelMany({ server, waiting }: Awaited<ReturnType<typeof started>>, count: number): Promise<void> {
  for (let done = 0; done < count; done += 500) {
    const before = waiting();
    let ended = 0;
    const calls = Array.from({ length: 500 }, () =>
      server.client.makeUnaryRequest(say.path, say.requestSerialize, say.responseDeserialize, { text: 'wait' }, () => (ended += 1)),
    );
    // None ends by itself but with its connection.
    await until(() => waiting() === before + 500 || ended > 0);
    for (const each of calls) each.cancel();
  }
}

describe('calls that are cancelled', () => {
  let running: Awaited<ReturnType<typeof started>>;
  afterEach(() => running.server.close());

  test('thousands within seconds, as a gateway passes them on, do the other calls on the connection no harm', async () => {
    running = await started();
    const { client } = running.server;
    const long = client.makeBidiStreamRequest(chat.path, chat.requestSerialize, chat.responseDeserialize);
    const answers: string[] = [];
    let end: string | undefined;
    long.on('data', ({ text }: Note) => answers.push(text));
    long.on('error', ({ message }: Error) => (end = message));
    long.write({ text: 'before' });
    await until(() => answers.length === 1);
    await cancelMany(running, 3000);
    const others = await Promise.all(Array.from({ length: 20 }, () => call(client, say, [{ text: 'hello' }])));
    expect(others.map(({ status: { code } }) => code)).toEqual(others.map(() => status.OK));
    long.write({ text: 'after' });
    await until(() => answers.length === 2 || end !== undefined);
    expect([answers, end]).toEqual([['BEFORE', 'AFTER'], undefined]);
    long.end();
  });

  test('more than the setting allows end the connection: the guard against rapid resets stays, and a new connection is served', async () => {
    running = await started({ QUARTET_MAX_RESETS_PER_SECOND: '10' });
    const { client } = running.server;
    const open = client.makeBidiStreamRequest(chat.path, chat.requestSerialize, chat.responseDeserialize);
    let end: number | undefined;
    open.on('error', () => undefined).on('status', ({ code }: { code: number }) => (end = code));
    let answered = false;
    open.on('data', () => (answered = true));
    open.write({ text: 'x' });
    await until(() => answered);
    await cancelMany(running, 500);
    await until(() => end !== undefined);
    expect(end).not.toBe(status.OK);
    await until(async () => (await call(client, say, [{ text: 'hello' }])).status.code === status.OK);
  });
});
