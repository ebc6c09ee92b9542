import { readFileSync } from 'node:fs';
import { createFileRegistry, fromBinary, type DescMethod, type DescService } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import type { Client } from '@grpc/grpc-js';
import { descriptorSetPath, RULES } from '@quartet/contracts';
import fc from 'fast-check';
import { callRaw, connectRaw, faultOf } from './call';
import { sentFor } from './messages';
import type { Dictionary } from './values';

export interface FuzzOptions {
  /** Where each service is, by its full name. */
  addressOf: (service: string) => string;
  /** What a caller of that service would know. */
  wordsFor: (service: string) => Dictionary;
  /** Messages over all methods together. */
  messages: number;
  seed: number;
  /** Calls at the same time. */
  atOnce?: number;
  hangMs?: number;
  /** Only methods whose path holds this. */
  only?: string;
  /** No methods whose path holds this. */
  except?: string;
  /** Ends it early; the report holds what was done by then. */
  signal?: AbortSignal;
  /** Told of each method that is done. */
  onMethod?: (path: string, findings: readonly Finding[], ms: number) => void;
}

export interface Finding {
  path: string;
  fault: string;
  /** The messages sent, in hex; enough to send them again. */
  sent: string[];
}

export interface FuzzReport {
  calls: number;
  methods: number;
  /** How the calls ended, by code. */
  codes: Record<string, number>;
  findings: Finding[];
}

/** They watch, or wait for a job, until the caller leaves. */
const ENDLESS = /\/(WatchJob|WatchVersions|ClaimJob|StreamIsActive)$/;
/** It makes ten thousand images unless told otherwise: rightly longer than there is time for. */
const LONG = /\/GenerateDataset$/;

function methodsOf(): { service: DescService; method: DescMethod; path: string }[] {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(descriptorSetPath)));
  const services = [...registry].filter((found) => found.kind === 'service');
  return services.flatMap((service) => service.methods.map((method) => ({ service, method, path: `/${service.typeName}/${method.name}` }))).filter(({ path }) => RULES.has(path));
}

/** Sends malformed, absurd and nearly right messages to every method. The same seed sends the same ones in the same order. */
export async function fuzz({ addressOf, wordsFor, messages, seed, atOnce = 8, hangMs = 60_000, only = '', except = '-', signal, onMethod }: FuzzOptions): Promise<FuzzReport> {
  const methods = methodsOf().filter(({ path }) => path.includes(only) && !path.includes(except));
  const report: FuzzReport = { calls: 0, methods: methods.length, codes: {}, findings: [] };
  const clients = new Map<string, Client>();
  const clientOf = (address: string) => clients.get(address) ?? clients.set(address, connectRaw(address)).get(address)!;
  const each = Math.ceil(messages / methods.length);
  for (const { service, method, path } of methods) {
    const streams = method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming';
    const one = sentFor(method.input, wordsFor(service.typeName));
    const samples = fc.sample(streams ? fc.array(one, { minLength: 0, maxLength: 4 }) : one.map((message) => [message]), { numRuns: each, seed });
    const client = clientOf(addressOf(service.typeName));
    const work = samples[Symbol.iterator]();
    const run = async () => {
      for (const sent of work) {
        if (signal?.aborted) return;
        const end = await callRaw(client, path, sent, { hangMs, leaveAfterMs: ENDLESS.test(path) ? 100 : LONG.test(path) ? 1000 : undefined });
        report.calls += 1;
        const code = end === undefined ? 'left' : String(end.code);
        report.codes[code] = (report.codes[code] ?? 0) + 1;
        const fault = end && faultOf(end);
        if (fault) report.findings.push({ path, fault, sent: sent.map((bytes) => bytes.toString('hex')) });
      }
    };
    const [before, began] = [report.findings.length, performance.now()];
    await Promise.all(Array.from({ length: atOnce }, run));
    onMethod?.(path, report.findings.slice(before), performance.now() - began);
  }
  for (const client of clients.values()) client.close();
  return report;
}
