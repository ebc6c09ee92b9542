// Step "tests": what only the tests need. They find it through one file, node_modules/.cache/quartet/test-env.json.
import { join } from 'node:path';
import { writeWhole } from './files.mjs';
import { inNotes } from './paths.mjs';
import { findPostgres } from './postgres.mjs';
import { setUpPython } from './python-env.mjs';

/**
 * Sets up a real PostgreSQL, a real S3 server and a Python with TensorFlow and grpcio, and notes where they are:
 * `{ python, s3Server, postgresBin }`.
 * - `python`: path of a Python interpreter that imports tensorflow, numpy, grpc, grpc_tools, grpc_reflection and moto.
 * - `s3Server`: path of `moto_server`, started as `moto_server -H 127.0.0.1 -p PORT`.
 * - `postgresBin`: the folder of initdb, postgres and pg_ctl.
 */
export async function setUpTests(report) {
  const postgresBin = await findPostgres(report);
  const { python, pythonBin } = await setUpPython(report);
  writeWhole(inNotes('test-env.json'), `${JSON.stringify({ python, s3Server: join(pythonBin, 'moto_server'), postgresBin }, null, 2)}\n`);
}
