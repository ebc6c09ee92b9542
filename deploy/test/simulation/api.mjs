import { Agent, request } from 'node:https';

/** What a list needs to be counted: the objects' metadata alone. */
export const METADATA = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

/** The API over kept connections, without kubectl's own limit of 50 requests a second. */
export class Api {
  #agent;
  #options;

  /** @param access of ControlPlane; `connections` at once */
  constructor({ server, token, ca }, connections = 32) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections, ca });
    this.#options = { server, authorization: `Bearer ${token}` };
  }

  /** @returns the answer's text. @throws Error with it when it is a refusal. */
  call(path, { body, accept = 'application/json' } = {}) {
    const { server, authorization } = this.#options;
    const method = body ? 'POST' : 'GET';
    return new Promise((resolve, reject) => {
      const sent = request(`${server}${path}`, { method, headers: { authorization, accept, 'content-type': 'application/json' }, agent: this.#agent }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part) => (text += part));
        response.on('end', () => (response.statusCode < 300 ? resolve(text) : reject(new Error(`${method} ${path}: ${response.statusCode} ${text.slice(0, 500)}`))));
        response.on('error', reject);
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  /** Makes objects of one kind, many at a time. */
  async create(path, objects) {
    await Promise.all(objects.map((object) => this.call(path, { body: JSON.stringify(object) })));
  }

  /** @param path with its query. Answered from the API server's memory. */
  async list(path, accept) {
    return JSON.parse(await this.call(`${path}${path.includes('?') ? '&' : '?'}resourceVersion=0`, { accept })).items;
  }

  close() {
    this.#agent.destroy();
  }
}
