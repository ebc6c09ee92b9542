import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { QuartetError } from '@quartet/contracts';
import type { Request, Response } from './listen';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
};

interface File {
  type: string;
  plain: Buffer;
  brotli: Buffer | undefined;
  etag: string;
}

/** The console's files, all in memory: some hundred kB, and no path that a request brings is ever looked up on the disk. */
export class Site {
  readonly #files = new Map<string, File>();

  /** @throws QuartetError WRONG_STATE if it isn't built */
  constructor(folder: string) {
    if (!existsSync(join(folder, 'index.html'))) {
      throw new QuartetError('WRONG_STATE', `QUARTET_CONSOLE_PORT is set, and there is no console in ${folder}. Run \`npm run build\`, or unset it.`);
    }
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      const type = TYPES[extname(entry.name)];
      if (!entry.isFile() || !type) continue;
      const plain = readFileSync(path);
      const brotli = existsSync(`${path}.br`) ? readFileSync(`${path}.br`) : undefined;
      this.#files.set(`/${relative(folder, path)}`, { type, plain, brotli, etag: `"${createHash('sha256').update(plain).digest('base64url')}"` });
    }
  }

  serve(request: Request, response: Response): void {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD, POST' }).end();
      return;
    }
    const path = (request.url ?? '/').split('?')[0]!;
    const found = this.#files.get(path);
    // The page finds its own way from the address, so every address that isn't a file is the page.
    const isPage = !found && !path.startsWith('/assets/');
    const file = found ?? (isPage ? this.#files.get('/index.html') : undefined);
    if (!file) {
      response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('There is no such file.\n');
      return;
    }
    // The names of assets hold their digest.
    const caching = { 'cache-control': path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache', etag: file.etag, vary: 'accept-encoding' };
    if (request.headers['if-none-match'] === file.etag) {
      response.writeHead(304, caching).end();
      return;
    }
    const compressed = file.brotli && /\bbr\b/.test(String(request.headers['accept-encoding'] ?? '')) ? file.brotli : undefined;
    const body = compressed ?? file.plain;
    response.writeHead(200, { 'content-type': file.type, 'content-length': String(body.length), ...(compressed ? { 'content-encoding': 'br' } : {}), ...caching });
    response.end(request.method === 'HEAD' ? undefined : body);
  }
}
