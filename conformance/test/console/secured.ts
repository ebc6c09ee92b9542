import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, uploadDataset, type QuartetClient, type UploadFile } from '@quartet/client';
import { DatasetFormat, Target } from '@quartet/contracts';
import { freePort, startService, stopService } from '../../src/platform';
import { loadState } from '../shared';
import { certificateForLoopback } from './certificate';
import { READER, series, trained } from './platform';
import { CLIP_SIDE, FRAMES, moving, npy, rowsAndDots, SIDE, toneFile } from './tiny-data';

/** The token of whoever may do everything. */
export const OWNER = 'token-of-an-owner';

export interface SecuredConsole {
  url: string;
  /** PEM: who vouches for its certificate. */
  ca: string;
  /** To the suites' own gateway, which asks for nothing. */
  client: QuartetClient;
  close: () => Promise<void>;
}

/** Joins the suites' platform: a gateway with the console over TLS, which asks for tokens; and a small network of each kind that a CNN can be. */
export async function startSecuredConsole(): Promise<SecuredConsole> {
  const { env, gateway } = loadState();
  const folder = mkdtempSync(join(tmpdir(), 'quartet-secured-'));
  const file = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
    return join(folder, name);
  };
  const { ca, cert, key } = certificateForLoopback();
  const entry = (name: string, token: string, role: string) => ({ name, sha256: createHash('sha256').update(token).digest('hex'), roles: [role] });
  const port = await freePort();
  const service = await startService('gateway', {
    ...env,
    QUARTET_GATEWAY_PORT: '0',
    QUARTET_CONSOLE_PORT: String(port),
    QUARTET_TLS_CERT: file('tls.crt', cert),
    QUARTET_TLS_KEY: file('tls.key', key),
    QUARTET_AUTH_TOKENS: file('tokens.json', JSON.stringify({ tokens: [entry('owner', OWNER, 'admin'), entry('viewer', READER, 'infer')] })),
    QUARTET_SERVICE_TOKEN: 'unused-by-a-gateway',
  });
  const client = connect({ address: gateway });
  const close = async () => {
    client.close();
    await stopService(service);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await prepare(client);
  } catch (error) {
    await close();
    throw error;
  }
  return { url: `https://127.0.0.1:${port}`, ca, client, close };
}

/** Data of each kind, and a network of each kind of output. */
async function prepare(client: QuartetClient): Promise<void> {
  const parts = [{ part: 'train', count: 240, seed: 1 }, { part: 'test', count: 60, seed: 2 }].map(({ part, count, seed }) => ({ part, count, ...rowsAndDots(count, seed), ...moving(count, 1000 * seed) }));
  const arrays = (of: (part: (typeof parts)[number]) => UploadFile[]) => parts.flatMap(of);
  const image = ({ part, count, images }: (typeof parts)[number]) => npy(`x_${part}.npy`, '|u1', [count, SIDE, SIDE], images);
  const text = Buffer.from(series());
  const tones = [200, 250, 300, 1000, 1100, 1200].map((hertz) => ({ hertz, source: toneFile(hertz) }));
  const upload = (name: string, options: Parameters<typeof uploadDataset>[2], files: UploadFile[]) => uploadDataset(client, name, options, files, { deadlineMs: 120_000 });
  const format = DatasetFormat.DATASET_FORMAT_NUMPY;
  await Promise.all([
    upload('rows', { format, target: Target.TARGET_LABELS }, arrays((of) => [image(of), npy(`y_${of.part}.npy`, '|u1', [of.count, 3], of.labels)])),
    upload('dots', { format, target: Target.TARGET_NUMBERS }, arrays((of) => [image(of), npy(`y_${of.part}.npy`, '<f4', [of.count, 1], of.numbers)])),
    upload('ways', { format, validationShare: 0.1 }, arrays((of) => [npy(`x_${of.part}.npy`, '|u1', [of.count, FRAMES, CLIP_SIDE, CLIP_SIDE, 1], of.clips), npy(`y_${of.part}.npy`, '|u1', [of.count], of.classes)])),
    upload('year', { format: DatasetFormat.DATASET_FORMAT_SERIES }, [{ path: 'year.csv', source: text, size: text.length }]),
    upload('tones', { format: DatasetFormat.DATASET_FORMAT_RECORDINGS }, tones.map(({ hertz, source }) => ({ path: `${hertz < 500 ? 'low' : 'high'}/${hertz}.wav`, source, size: source.length }))),
  ]);
  const spec = { layers: [{ layer: { $case: 'conv2d' as const, value: { filters: 8 } } }, { layer: { $case: 'flatten' as const, value: {} } }, { layer: { $case: 'dense' as const, value: { units: 16 } } }] };
  const options = { epochs: 8, batchSize: 32, seed: 3n, learningRate: 0.01 };
  await Promise.all([
    trained(client, client.cnn.train({ model: 'rows', dataset: 'rows', spec, options })),
    trained(client, client.cnn.train({ model: 'dots', dataset: 'dots', spec, options })),
    trained(client, client.cnn.trainVideo({ model: 'ways', dataset: 'ways', spec: { architecture: { $case: 'frames', value: { filters: [8] } } }, options: { ...options, epochs: 4 } })),
    // From the digits' first version: the lineage has a parent.
    trained(client, client.cnn.train({ model: 'heirs', dataset: 'digits-3000', startFrom: { name: 'digits', target: { $case: 'version', value: 1n } }, freezeBefore: 'head', options: { epochs: 1, batchSize: 128, seed: 5n } })),
  ]);
}
