import { createServer } from 'node:net';
import type { Server, ServerCredentials } from '@grpc/grpc-js';
import { QuartetError } from '@quartet/contracts';

const ADVICE: Record<string, string> = {
  EADDRINUSE: 'another process listens there: stop it, or choose another port (0 takes a free one)',
  EADDRNOTAVAIL: 'this machine has no such address: set QUARTET_HOST to one it has, such as 127.0.0.1 or 0.0.0.0',
  EACCES: 'this user may not listen there: choose a port above 1023',
  ENOTFOUND: 'the name does not resolve: set QUARTET_HOST to an address of this machine',
};

/** grpc-js reports a failed bind as text only; Node says which error it is. */
function whyNot(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    probe.listen(port, host, () => probe.close(() => resolve(undefined)));
  });
}

/**
 * Binds a server and returns the port.
 * @param setting The name of the port's setting, for the error.
 * @throws QuartetError UNAVAILABLE naming the address, why it can't be had and the setting.
 */
export async function bind(server: Server, host: string, port: number, setting: string, credentials: ServerCredentials): Promise<number> {
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  try {
    return await new Promise<number>((resolve, reject) => {
      server.bindAsync(address, credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
    });
  } catch (cause) {
    const code = await whyNot(host, port);
    const advice = (code && ADVICE[code]) || (cause instanceof Error ? cause.message : String(cause));
    throw new QuartetError('UNAVAILABLE', `cannot listen on ${address} (${setting}=${port}): ${advice}`, { cause });
  }
}
