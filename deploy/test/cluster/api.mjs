import { Agent, request } from 'node:https';

/** What a list needs to be counted: the objects' metadata alone. */
export const METADATA = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

/** Every kind, each of its group's preferred version. */
const DISCOVERY = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** A refusal, with the status of HTTP as `code`. */
export class ApiError extends Error {
  constructor(message, code) {
    super(message);
    this.code = code;
  }
}

/** The API over kept connections: without kubectl's start for each question, and without its limit of 50 requests a second. */
export class Api {
  #agent;
  #options;
  #kinds = new Map();

  /** @param access of ControlPlane; `connections` at once */
  constructor({ server, token, ca }, connections = 32) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections, ca });
    this.#options = { server, authorization: `Bearer ${token}` };
  }

  /** @returns the answer's text. @throws ApiError with it when it is a refusal. */
  call(path, { body, method = body ? 'POST' : 'GET', accept = 'application/json', type = 'application/json' } = {}) {
    const { server, authorization } = this.#options;
    return new Promise((resolve, reject) => {
      const sent = request(`${server}${path}`, { method, headers: { authorization, accept, 'content-type': type }, agent: this.#agent }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part) => (text += part));
        response.on('end', () => (response.statusCode < 300 ? resolve(text) : reject(new ApiError(`${method} ${path}: ${response.statusCode} ${text.slice(0, 500)}`, response.statusCode))));
        response.on('error', reject);
      });
      // The server ends connections that were idle for 90 s, and may have just when they are used again: it hasn't read such a request.
      sent.on('error', (error) => (sent.reusedSocket && error.code === 'ECONNRESET' ? resolve(this.call(path, { body, method, accept, type })) : reject(error)));
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

  /** @param kind as kubectl takes it: `pods`, `pod`, `po`, `jobs.batch` @returns the path of its objects */
  async pathOf(kind, namespace) {
    // Custom kinds may have been added.
    if (!this.#kinds.has(kind)) await this.#discover();
    const found = this.#kinds.get(kind);
    if (!found) throw new Error(`the API has no kind ${kind}`);
    return `${found.root}/${found.scope === 'Namespaced' ? `namespaces/${namespace}/` : ''}${found.resource}`;
  }

  async #discover() {
    for (const root of ['/api', '/apis']) {
      const { items } = JSON.parse(await this.call(root, { accept: DISCOVERY }));
      // A group whose server doesn't answer, as an operator's that starts, has no resources.
      for (const { metadata, versions } of items) {
        for (const { version, resources = [] } of versions) {
          for (const { resource, singularResource, shortNames = [], scope } of resources) {
            const path = [root, metadata.name, version].filter(Boolean).join('/');
            for (const name of [resource, singularResource, ...shortNames, `${resource}.${metadata.name}`]) if (name && !this.#kinds.has(name)) this.#kinds.set(name, { root: path, resource, scope });
          }
        }
      }
    }
  }

  close() {
    this.#agent.destroy();
  }
}
