import { randomUUID } from 'node:crypto';
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import type { BlobStore } from '../blobs/blob-store';
import { openBlobStore } from '../blobs/open';
import { openMetadata, type Metadata, type MetadataOptions } from '../metadata/open';
import { newFolder, removeFolders } from './folders';

export interface MetadataUnderTest {
  metadata: Metadata;
  blobs: BlobStore;
  settings: MetadataOptions['settings'];
  /** Failures of background work. */
  errors: Error[];
  /** Closes and opens again, as a restart does. */
  reopen(options?: Partial<MetadataOptions> & { leaseMs?: number }): Promise<void>;
  close(): Promise<void>;
}

type Place = () => Promise<Pick<MetadataOptions['settings'], 'QUARTET_HOME' | 'QUARTET_DATABASE_URL'>>;

const embedded: Place = async () => {
  const home = await newFolder();
  await mkdir(join(home, 'registry', 'db'), { recursive: true });
  await cp(process.env['QUARTET_TEST_PGLITE']!, join(home, 'registry', 'db', 'pg'), { recursive: true });
  return { QUARTET_HOME: home, QUARTET_DATABASE_URL: '' };
};

const server: Place = async () => ({ QUARTET_HOME: await newFolder(), QUARTET_DATABASE_URL: await newDatabase() });

/** The two databases that every suite of metadata runs on. */
export const DATABASES: [name: string, place: Place][] = [
  ['embedded PostgreSQL', embedded],
  ['a PostgreSQL server', server],
];

/** A new, empty database of the test server. @returns its URL. */
export async function newDatabase(): Promise<string> {
  const admin = process.env['QUARTET_TEST_POSTGRES_URL']!;
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const client = new Client({ connectionString: admin });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  return admin.replace(/[^/]+$/, name);
}

/** Opens a new database. Its leases last 60 s unless the test says otherwise, so that no sweep comes between. */
export async function openTestMetadata(place: Place, leaseMs = 60_000): Promise<MetadataUnderTest> {
  const where = await place();
  const blobs = await openBlobStore(`file://${await newFolder()}`);
  const errors: Error[] = [];
  const open = ({ leaseMs: lease = leaseMs, ...options }: Partial<MetadataOptions> & { leaseMs?: number } = {}): Promise<Metadata> =>
    openMetadata({ settings: { ...where, QUARTET_LEASE_MS: lease }, blobs, onError: (error) => errors.push(error), ...options });
  const subject: MetadataUnderTest = {
    metadata: await open(),
    blobs,
    settings: { ...where, QUARTET_LEASE_MS: leaseMs },
    errors,
    reopen: async (options) => {
      await subject.metadata.close();
      subject.metadata = await open(options);
    },
    close: async () => {
      await subject.metadata.close();
      await removeFolders();
    },
  };
  return subject;
}
