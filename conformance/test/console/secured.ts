import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, uploadDataset, waitUntilServing, type QuartetClient, type UploadFile } from '@quartet/client';
import { DatasetFormat, Target } from '@quartet/contracts';
import { freePort, startService, stopService } from '../../src/platform';
import { ffmpeg, loadState } from '../shared';
import { certificateForLoopback } from './certificate';
import { READER, series, trained } from './platform';
import { CLIP_SIDE, FRAMES, moving, npy, rowsAndDots, SIDE, toneFile } from './tiny-data';

/** The token of whoever may do everything. */
export const OWNER = 'token-of-an-owner';

/** A busy machine takes its time. */
const START_MS = 180_000;

/** The model of digits. */
export const DIGITS = 'few-digits';

export interface SecuredConsole {
  url: string;
  /** PEM: who vouches for its certificate. */
  ca: string;
  /** The owner's. */
  client: QuartetClient;
  close: () => Promise<void>;
}

/** A platform of its own with TLS on every hop and tokens: registry, CNN service, and a gateway with the console. It has a small network of each kind that a CNN can be. */
export async function startSecuredConsole(): Promise<SecuredConsole> {
  const folder = mkdtempSync(join(tmpdir(), 'quartet-secured-'));
  const file = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
    return join(folder, name);
  };
  const { ca, cert, key } = certificateForLoopback();
  const entry = (name: string, token: string, role: string) => ({ name, sha256: createHash('sha256').update(token).digest('hex'), roles: [role] });
  const [gatewayPort, registryPort, cnnPort, consolePort] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const env = {
    QUARTET_HOME: folder,
    QUARTET_TLS_CERT: file('tls.crt', cert),
    QUARTET_TLS_KEY: file('tls.key', key),
    QUARTET_TLS_CA: file('ca.crt', ca),
    QUARTET_AUTH_TOKENS: file('tokens.json', JSON.stringify({ tokens: [entry('platform', 'token-of-the-platform', 'service'), entry('owner', OWNER, 'admin'), entry('viewer', READER, 'infer')] })),
    QUARTET_SERVICE_TOKEN: 'token-of-the-platform',
    QUARTET_FFMPEG: ffmpeg(),
    QUARTET_GATEWAY_PORT: String(gatewayPort),
    QUARTET_REGISTRY_PORT: String(registryPort),
    QUARTET_CNN_PORT: String(cnnPort),
  };
  const starting = await Promise.allSettled(['registry', 'cnn', 'gateway'].map((name) => startService(name, name === 'gateway' ? { ...env, QUARTET_CONSOLE_PORT: String(consolePort) } : env, START_MS)));
  const services = starting.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const client = connect({ address: `127.0.0.1:${gatewayPort}`, tls: { ca: env.QUARTET_TLS_CA }, token: OWNER });
  const close = async () => {
    client.close();
    await Promise.all(services.map((service) => stopService(service)));
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const failed = starting.find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
    await prepare(client);
  } catch (error) {
    await close();
    throw error;
  }
  return { url: `https://127.0.0.1:${consolePort}`, ca, client, close };
}

/** Data of each kind, and a network of each kind of output. */
async function prepare(client: QuartetClient): Promise<void> {
  const parts = [{ part: 'train', count: 240, seed: 1 }, { part: 'test', count: 60, seed: 2 }].map(({ part, count, seed }) => ({ part, count, ...rowsAndDots(count, seed), ...moving(count, 1000 * seed) }));
  const arrays = (of: (part: (typeof parts)[number]) => UploadFile[]) => parts.flatMap(of);
  const image = ({ part, count, images }: (typeof parts)[number]) => npy(`x_${part}.npy`, '|u1', [count, SIDE, SIDE], images);
  for (const service of ['quartet.dataset.v1.DatasetService', 'quartet.cnn.v1.CnnService']) await waitUntilServing(client, { service });
  const { digitsFile, labelsFile } = loadState();
  const [digits, classes] = [readFileSync(digitsFile), Uint8Array.from(new Int32Array(new Uint8Array(readFileSync(labelsFile)).buffer))];
  const text = Buffer.from(series());
  const moods = Buffer.from(['text,label', ...Array.from({ length: 40 }, (_, at) => `a ${['fine', 'gloomy'][at % 2]} day number ${at},${['glad', 'sad'][at % 2]}`)].join('\n'));
  const tones = [200, 250, 300, 1000, 1100, 1200].map((hertz) => ({ hertz, source: toneFile(hertz) }));
  const upload = (name: string, options: Parameters<typeof uploadDataset>[2], files: UploadFile[]) => uploadDataset(client, name, options, files, { deadlineMs: 120_000 });
  const format = DatasetFormat.DATASET_FORMAT_NUMPY;
  await Promise.all([
    upload('two-hundred-digits', { format, validationShare: 0.2, testShare: 0.3, splitSeed: 1n }, [npy('x.npy', '|u1', [200, 28, 28], digits), npy('y.npy', '|u1', [200], classes)]),
    upload('moods', { format: DatasetFormat.DATASET_FORMAT_TEXT_CSV }, [{ path: 'moods.csv', source: moods, size: moods.length }]),
    upload('rows', { format, target: Target.TARGET_LABELS }, arrays((of) => [image(of), npy(`y_${of.part}.npy`, '|u1', [of.count, 3], of.labels)])),
    upload('dots', { format, target: Target.TARGET_NUMBERS }, arrays((of) => [image(of), npy(`y_${of.part}.npy`, '<f4', [of.count, 1], of.numbers)])),
    upload('ways', { format, validationShare: 0.1 }, arrays((of) => [npy(`x_${of.part}.npy`, '|u1', [of.count, FRAMES, CLIP_SIDE, CLIP_SIDE, 1], of.clips), npy(`y_${of.part}.npy`, '|u1', [of.count], of.classes)])),
    upload('year', { format: DatasetFormat.DATASET_FORMAT_SERIES }, [{ path: 'year.csv', source: text, size: text.length }]),
    upload('tones', { format: DatasetFormat.DATASET_FORMAT_RECORDINGS }, tones.map(({ hertz, source }) => ({ path: `${hertz < 500 ? 'low' : 'high'}/${hertz}.wav`, source, size: source.length }))),
  ]);
  const spec = { layers: [{ layer: { $case: 'conv2d' as const, value: { filters: 8 } } }, { layer: { $case: 'flatten' as const, value: {} } }, { layer: { $case: 'dense' as const, value: { units: 16 } } }] };
  const strided = { layers: [{ layer: { $case: 'conv2d' as const, value: { filters: 8, stride: 2 } } }, ...spec.layers] };
  const options = { epochs: 8, batchSize: 32, seed: 3n, learningRate: 0.01 };
  await Promise.all([
    trained(client, client.cnn.train({ model: 'rows', dataset: 'rows', spec, options })),
    trained(client, client.cnn.train({ model: 'dots', dataset: 'dots', spec, options })),
    trained(client, client.cnn.trainVideo({ model: 'ways', dataset: 'ways', spec: { architecture: { $case: 'frames', value: { filters: [8, 16] } } }, options: { ...options, batchSize: 16, learningRate: 0.005 } })),
    trained(client, client.cnn.train({ model: DIGITS, dataset: 'two-hundred-digits', spec: strided, options })).then(() =>
      // The lineage has a parent.
      trained(client, client.cnn.train({ model: 'heirs', dataset: 'two-hundred-digits', startFrom: { name: DIGITS, target: { $case: 'version', value: 1n } }, freezeBefore: 'head', options: { ...options, epochs: 2, seed: 5n } })),
    ),
  ]);
}
