#!/usr/bin/env node
// Installs what bench/serve/peers.mjs compares Quartet with, into the cache; a no-op the second time.
import { createReport, SetupError } from '../../tools/setup/report.mjs';
import { setUpServers } from './peers/python.mjs';

try {
  const { python, triton } = await setUpServers(createReport());
  console.log(`MLServer, TensorFlow and the load generator: ${python}\nTriton: ${triton.server}`);
} catch (error) {
  process.stderr.write(`${error instanceof SetupError && error.remedy ? `${error.message}\nTo mend it: ${error.remedy}` : error.message}\n`);
  process.exitCode = 1;
}
