import { status } from '@grpc/grpc-js';
import { ruleOf, type Settings } from '@quartet/contracts';
import pino from 'pino';
import { createLogger, type Logger } from '../logging/logger';
import type { Caller } from './caller';

/** The end of a call that was to change something. */
export interface ChangeRecord {
  caller: Caller | undefined;
  /** `/quartet.model.v1.ModelService/PromoteVersion` */
  method: string;
  /** The request, or the first message of a stream. */
  request: unknown;
  /** Unset: it succeeded. */
  failure?: { code: status; reason: string };
  peer: string;
  ms: number;
}

export type Audit = (record: ChangeRecord) => void;

/** What of a request says what is changed. Nothing else is written: no data, no options, no lease with its token. */
const TELLING = ['name', 'model', 'version', 'label', 'id', 'dataset', 'uri', 'force', 'imageModel'];

type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  // S3's and others' URLs carry keys in their query.
  if (typeof value === 'string') return value.replace(/\?.*$/s, '').slice(0, 300);
  return typeof value === 'number' || typeof value === 'boolean' ? value : undefined;
}

/** The telling fields of a request: `{ model: 'digits', version: '3', label: 'production' }`. */
export function targetOf(request: unknown): Fields {
  if (!isFields(request)) return {};
  const { message } = request as { message?: { $case: string; value: unknown } };
  if (message?.$case === 'header') return targetOf(message.value);
  const target: Fields = {};
  for (const key of TELLING) {
    const value = request[key];
    if (isFields(value)) {
      const { name, target: which } = value as { name?: unknown; target?: { $case: string; value: unknown } };
      target[key] = plain(name);
      if (which) target[which.$case] = plain(which.value);
    } else if (value !== '' && plain(value) !== undefined) target[key] = plain(value);
  }
  return target;
}

/** Writes each change as one JSON line with `msg` "change", to QUARTET_AUDIT_FILE or to the log, whatever its level unless that is silent. */
export function openAudit(service: string, settings: Settings, log: Logger): Audit {
  const file = settings.QUARTET_AUDIT_FILE;
  // Written at once, and appended, so that processes may share the file and a crash loses nothing.
  const destination = file === '' ? undefined : pino.destination({ dest: file, append: true, mkdir: true, sync: true, mode: 0o600 });
  const inLog = log.level === 'silent' ? log : log.child({}, { level: 'info' });
  const writer = destination ? createLogger({ service, level: 'info', destination }) : inLog;
  destination?.on('error', (err: unknown) => log.error({ err, file }, 'the audit file cannot be written'));
  return ({ caller, method, request, failure, peer, ms }) => {
    const who = caller ? { caller: caller.name, via: caller.via } : { caller: 'unknown', via: 'nothing' };
    const outcome = failure ? { code: status[failure.code], reason: failure.reason } : { code: 'OK' };
    writer.info({ ...who, method: method.slice(1), target: targetOf(request), ...outcome, peer, ms: Math.round(ms) }, 'change');
  };
}

export const isChange = (path: string): boolean => ruleOf(path).change === true;
