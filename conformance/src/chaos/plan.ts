import { Random } from './random';

/** What is done to a platform: how, to what, and for how long. */
export type FaultKind =
  | 'kill'
  | 'drain'
  | 'freeze'
  | 'kill training'
  | 'freeze training'
  | 'promote'
  | 'roll back'
  | 'cut clients'
  | 'stop database'
  | 'crash database'
  | 'blobs away'
  | 'fill disk';

export interface Fault {
  /** Seconds after the load began. */
  readonly at: number;
  readonly kind: FaultKind;
  readonly target: string;
  /** How long it lasts: until the process is started again, goes on, or the store is back. 0: at once. */
  readonly seconds: number;
}

export interface PlanOptions {
  readonly seed: number;
  readonly seconds: number;
  /** Processes that are killed, drained and frozen. */
  readonly processes: readonly string[];
  /** Of those, the ones that train. */
  readonly trainers: readonly string[];
  readonly model: string;
  /** A PostgreSQL server and an S3 store, which can be away. */
  readonly stores: boolean;
  /** A small file system that can be filled. */
  readonly disk: boolean;
}

/** Shortest and longest in seconds. A lease in these runs lasts three seconds: some faults are longer. */
const LASTS: Readonly<Record<FaultKind, readonly [number, number]>> = {
  kill: [0.1, 2],
  drain: [0.1, 1.5],
  freeze: [0.5, 4.5],
  'kill training': [0, 0],
  'freeze training': [0.5, 5],
  promote: [0, 0],
  'roll back': [0, 0],
  'cut clients': [0, 0],
  'stop database': [0.5, 4],
  'crash database': [0.1, 1],
  'blobs away': [0.5, 4],
  'fill disk': [1, 4],
};

const APART_SECONDS = 2.5;

/** The faults of a run, in order: every kind before any comes again, each on a target that the seed draws. The same options give the same plan. */
export function planFaults(options: PlanOptions): Fault[] {
  const random = new Random(options.seed, 1);
  const targets = targetsOf(options);
  const kinds = (Object.keys(LASTS) as FaultKind[]).filter((kind) => targets[kind].length > 0);
  const count = Math.max(kinds.length, Math.floor(options.seconds / APART_SECONDS));
  const apart = options.seconds / count;
  const faults: Fault[] = [];
  let round: FaultKind[] = [];
  for (let at = 0; at < count; at += 1) {
    if (round.length === 0) round = random.shuffled(kinds);
    const kind = round.pop()!;
    faults.push({ at: apart * (at + random.between(0.1, 0.9)), kind, target: random.pick(targets[kind]), seconds: random.between(...LASTS[kind]) });
  }
  return faults;
}

function targetsOf({ processes, trainers, model, stores, disk }: PlanOptions): Record<FaultKind, readonly string[]> {
  const [database, blobs] = stores ? [['database'], ['blobs']] : [[], []];
  return {
    kill: processes,
    drain: processes,
    freeze: processes,
    'kill training': trainers,
    'freeze training': trainers,
    promote: [model],
    'roll back': [model],
    'cut clients': ['clients'],
    'stop database': database,
    'crash database': database,
    'blobs away': blobs,
    'fill disk': disk ? ['disk'] : [],
  };
}
