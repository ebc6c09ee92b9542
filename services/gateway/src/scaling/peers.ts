import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import { channelCredentials } from '@quartet/client';
import { QuartetError, type externalscaler, type Settings } from '@quartet/contracts';
import type { Logger } from '@quartet/service-kit';
import type { Activity, Listener } from './changes';
import { Peer } from './peer';
import { forOneGateway } from './trigger';

/** How often it is looked where the others are. */
const LOOK_MS = 2000;

interface Place {
  host: string;
  port: number;
}

/** @throws QuartetError INVALID_FIELD */
function placesOf(text: string): Place[] {
  return text.split(',').map((part) => part.trim()).filter((part) => part !== '').map((part) => {
    const [, host, port] = /^(?:dns:\/\/\/)?(.+):(\d+)$/.exec(part) ?? [];
    if (!host || !port) throw QuartetError.invalid('QUARTET_SCALER_PEERS', `has "${part}"; it takes host:port, such as gateway:50070.`);
    return { host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) };
  });
}

const ownAddresses = (): Set<string> => new Set(Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map(({ address }) => address)));

/**
 * The other gateways. Each knows its own calls only, and KEDA asks one of them: that one asks the rest, by KEDA's own protocol.
 */
export class Peers {
  readonly #settings: Settings;
  readonly #log: Logger;
  readonly #ownPort: number;
  readonly #places: readonly Place[];
  readonly #peers = new Map<string, Peer>();
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #listeners = new Set<() => void>();

  /** @param ownPort of this gateway's scaler @throws QuartetError INVALID_FIELD */
  constructor(settings: Settings, log: Logger, ownPort: number) {
    this.#settings = settings;
    this.#log = log;
    this.#ownPort = ownPort;
    this.#places = placesOf(settings.QUARTET_SCALER_PEERS);
    if (this.#places.length === 0) return;
    void this.#look();
    this.#timer = setInterval(() => void this.#look(), LOOK_MS);
    this.#timer.unref();
  }

  /** What the others have of a workload's requests; one that doesn't answer counts as none. */
  async requests(ref: externalscaler.ScaledObjectRef, metricName: string): Promise<number> {
    const asked = { scaledObjectRef: forOneGateway(ref), metricName };
    const answers = await Promise.all([...this.#peers.values()].map((peer) => peer.requests(asked)));
    return answers.reduce((sum, requests) => sum + requests, 0);
  }

  /** Whether a workload is active at one of the others. */
  async someActive(ref: externalscaler.ScaledObjectRef): Promise<boolean> {
    const answers = await Promise.all([...this.#peers.values()].map((peer) => peer.isActive(forOneGateway(ref))));
    return answers.includes(true);
  }

  /** Follows a workload's activity at the others, those that come later too. */
  follow(ref: externalscaler.ScaledObjectRef): Activity & { close: () => void } {
    const own = forOneGateway(ref);
    const watches = new Map<Peer, { active: boolean; cancel: () => void }>();
    const told = new Set<Listener>();
    const update = () => {
      const known = new Set(this.#peers.values());
      for (const [peer, watch] of watches) {
        if (known.has(peer)) continue;
        watch.cancel();
        watches.delete(peer);
      }
      for (const peer of known) {
        if (watches.has(peer)) continue;
        const watch = { active: false, cancel: () => undefined as void };
        watches.set(peer, watch);
        watch.cancel = peer.watch(own, (active) => {
          const changed = active || watch.active;
          watch.active = active;
          if (changed) for (const listener of [...told]) listener(active);
        });
      }
    };
    update();
    this.#listeners.add(update);
    return {
      isActive: () => [...watches.values()].some(({ active }) => active),
      staysFor: () => Infinity,
      follow: (listener) => {
        told.add(listener);
        return () => told.delete(listener);
      },
      close: () => {
        this.#listeners.delete(update);
        for (const { cancel } of watches.values()) cancel();
      },
    };
  }

  close(): void {
    clearInterval(this.#timer);
    for (const peer of this.#peers.values()) peer.close();
    this.#peers.clear();
  }

  async #look(): Promise<void> {
    const found = new Map<string, Place & { address: string }>();
    try {
      const own = ownAddresses();
      for (const place of this.#places) {
        for (const { address, family } of await lookup(place.host, { all: true })) {
          if (place.port === this.#ownPort && own.has(address)) continue;
          found.set(family === 6 ? `[${address}]:${place.port}` : `${address}:${place.port}`, { ...place, address });
        }
      }
    } catch (error) {
      // Who was there stays: a name service may be away for a moment.
      this.#log.debug({ reason: (error as Error).message }, 'the other gateways are not found');
      return;
    }
    for (const [target, peer] of this.#peers) {
      if (found.has(target)) continue;
      peer.close();
      this.#peers.delete(target);
    }
    for (const [target, { host }] of found) {
      // What its certificate names is the name that all of them have.
      if (!this.#peers.has(target)) this.#peers.set(target, new Peer(target, channelCredentials(this.#settings), host, this.#log));
    }
    for (const listener of [...this.#listeners]) listener();
  }
}
