// Run with full-disk.so: stores a small blob, fails at two ways to fill the disk, and reports what is left.
const { mkdirSync, readdirSync, rmSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { Readable } = require('node:stream');
const { openBlobStore } = require('../dist');

const [root, elsewhere] = process.argv.slice(2);

async function main() {
  const roomy = await openBlobStore(`file://${elsewhere}`);
  const large = await roomy.put(Buffer.alloc(200_000, 7));
  const store = await openBlobStore(`file://${root}/blobs`);
  const small = await store.put(Buffer.from('fits'));
  const reason = (error) => ({ reason: error.reason, message: error.message });
  const put = await store.put(Readable.from([Buffer.alloc(100_000, 1), Buffer.alloc(100_000, 2)])).then(() => 'stored', reason);
  const fetched = await roomy.fetch(large, join(root, 'copy', 'file')).then(() => 'fetched', reason);
  const left = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => entry.name);
  console.log(JSON.stringify({ put, fetched, left, small: small.sha256 }));
}

main();
