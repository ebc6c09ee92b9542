import { CoreError } from '../errors';
import { readSafetensors, writeSafetensors } from '../safetensors/safetensors';
import type { HostTensor } from '../tensor/host-tensor';
import type { TrainingState } from './state';

/** A training's settings as plain JSON: a checkpoint fits only a training with the same ones. */
export type Fingerprint = Record<string, unknown>;

export interface Checkpoint<State = TrainingState> {
  fingerprint: Fingerprint;
  /** Plain JSON but for its `bestWeights`. */
  state: State;
  weights: Map<string, HostTensor>;
  slots: Map<string, HostTensor>;
  /** What else a training keeps in tensors. */
  more?: Map<string, HostTensor>;
  /** The checkpoint to go back to if something isn't finite; undefined: this one itself. */
  rollback?: Uint8Array;
}

const FORMAT = 'quartet.checkpoint.2';
const ROLLBACK = 'rollback';

/**
 * One safetensors blob: tensors under `weights/`, `slots/`, `best/` and `more/`, the rest as JSON in its metadata; `rollback`, where
 * there is one, as a tensor of bytes.
 */
export function encodeCheckpoint<State extends object = TrainingState>({ fingerprint, state, weights, slots, more, rollback }: Checkpoint<State>): Uint8Array {
  const { bestWeights, ...plain } = state as State & Partial<Pick<TrainingState, 'bestWeights'>>;
  const tensors = new Map<string, HostTensor>([
    ...withPrefix('weights/', weights),
    ...withPrefix('slots/', slots),
    ...withPrefix('best/', bestWeights ?? new Map<string, HostTensor>()),
    ...withPrefix('more/', more ?? new Map<string, HostTensor>()),
  ]);
  if (rollback) tensors.set(ROLLBACK, { dtype: 'uint8', shape: [rollback.length], data: rollback });
  return writeSafetensors(tensors, { format: FORMAT, fingerprint: JSON.stringify(fingerprint), state: JSON.stringify(plain, writeNumber) });
}

/** @throws CoreError CORRUPT_DATA when the bytes aren't a checkpoint. */
export function decodeCheckpoint<State extends object = TrainingState>(bytes: Uint8Array): Checkpoint<State> {
  const { tensors, metadata } = readSafetensors(bytes, 'checkpoint');
  if (metadata.format !== FORMAT) {
    throw new CoreError('CORRUPT_DATA', `checkpoint: received format ${metadata.format ?? 'none'}, expected ${FORMAT}`);
  }
  const best = withoutPrefix('best/', tensors);
  try {
    return {
      fingerprint: JSON.parse(metadata.fingerprint ?? '') as Fingerprint,
      state: { ...(JSON.parse(metadata.state ?? '', readNumber) as State), bestWeights: best.size > 0 ? best : undefined },
      weights: withoutPrefix('weights/', tensors),
      slots: withoutPrefix('slots/', tensors),
      more: withoutPrefix('more/', tensors),
      rollback: tensors.get(ROLLBACK)?.data as Uint8Array | undefined,
    };
  } catch (cause) {
    throw new CoreError('CORRUPT_DATA', 'checkpoint: its state is not JSON', { cause });
  }
}

/** @throws CoreError WRONG_STATE naming each setting that differs. */
export function checkFingerprint(received: Fingerprint, expected: Fingerprint): void {
  const names = [...new Set([...Object.keys(received), ...Object.keys(expected)])];
  const differences = names
    .map((name) => [name, JSON.stringify(received[name]), JSON.stringify(expected[name])] as const)
    .filter(([, of, now]) => of !== now)
    .map(([name, of, now]) => `${name} was ${of ?? 'unset'}, is ${now ?? 'unset'}`);
  if (differences.length === 0) return;
  throw new CoreError(
    'WRONG_STATE',
    `the checkpoint is of another training (${differences.join('; ')}); resume with the settings that it was made with, or start anew`,
  );
}

/** A loss may be NaN or infinite, which JSON would turn into null. */
const writeNumber = (_key: string, value: unknown): unknown => (typeof value === 'number' && !Number.isFinite(value) ? { number: String(value) } : value);

function readNumber(_key: string, value: unknown): unknown {
  const text = (value as { number?: unknown } | null)?.number;
  return typeof text === 'string' ? Number(text) : value;
}

function withPrefix(prefix: string, tensors: ReadonlyMap<string, HostTensor>): [string, HostTensor][] {
  return [...tensors].map(([name, tensor]) => [prefix + name, tensor]);
}

function withoutPrefix(prefix: string, tensors: ReadonlyMap<string, HostTensor>): Map<string, HostTensor> {
  return new Map(
    [...tensors].filter(([name]) => name.startsWith(prefix)).map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  );
}
