import { createServer } from 'node:net';
import { AdviceError } from '../output/report-error';
import type { ServiceDefinition } from './services';

/** Binds and releases a port. @returns the port, or the error's code. */
function probe(host: string, port: number): Promise<number | string> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, host, () => {
      const taken = server.address();
      server.close(() => resolve(typeof taken === 'object' && taken ? taken.port : port));
    });
  });
}

/** The port itself if it is free, or a free one for 0. @throws AdviceError naming the port, its service and the setting. */
export async function claimPort(host: string, port: number, service: ServiceDefinition): Promise<number> {
  const result = await probe(host, port);
  if (typeof result === 'number') return result;
  if (result === 'EADDRINUSE') {
    throw new AdviceError(`port ${port} of ${host}, for the ${service.title}, is in use by another program`, `stop that program, or set ${service.portSetting} to another port (0 takes a free one)`);
  }
  throw new AdviceError(`the ${service.title} cannot listen on ${host}:${port} (${result})`, `check QUARTET_HOST and ${service.portSetting}`);
}
