import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer } from 'node:https';
import { test } from 'node:test';
import { inRoot } from '../../../tools/setup/paths.mjs';
import { Api } from './api.mjs';

const { Authority } = createRequire(inRoot('conformance', 'package.json'))('@quartet/service-kit/dist/platform-testing/certificates');

test('a connection that the server ends just when it is used again costs no request', async () => {
  const authority = new Authority('api');
  const used = new Set();
  const server = createServer(authority.issue('localhost'), ({ socket }, response) => {
    // As where the server's end of an idle connection and the client's request pass each other.
    if (used.has(socket)) return socket.destroy();
    used.add(socket);
    response.end(`${used.size}`);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const api = new Api({ server: `https://127.0.0.1:${server.address().port}`, token: 't', ca: authority.pem });
  try {
    for (const connection of [1, 2, 3]) assert.equal(await api.call('/', { body: '{}' }), `${connection}`);
  } finally {
    api.close();
    server.close();
  }
});

test('a server that is gone is told of', async () => {
  const server = createServer(new Authority('api').issue('localhost'), () => undefined);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address();
  server.close();
  await assert.rejects(new Api({ server: `https://127.0.0.1:${port}`, token: 't' }).call('/'), { code: 'ECONNREFUSED' });
});
