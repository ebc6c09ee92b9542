// Step "tests": what only the tests need. They find it through one file, node_modules/.cache/quartet/test-env.json.
import { setUpBrowser } from './browser.mjs';
import { writeWhole } from './files.mjs';
import { inNotes } from './paths.mjs';
import { findPostgres } from './postgres.mjs';
import { setUpClients, setUpPython } from './python-env.mjs';
import { setUpClips, setUpFfmpeg } from './video.mjs';

/**
 * Sets up a real PostgreSQL, a real S3 server, a Python with TensorFlow and grpcio, one with clients of the Open Inference Protocol, an ffmpeg and
 * clips for it, and a browser, and notes where they are:
 * `{ python, pythonBin, clientPython, postgresBin, ffmpeg, clips, browser }`.
 * - `python`: path of a Python interpreter that imports tensorflow, numpy, grpc, grpc_tools, grpc_reflection and moto.
 * - `pythonBin`: the folder of its commands; the S3 server is started as `moto_server -H 127.0.0.1 -p PORT`.
 * - `clientPython`: path of one that imports tritonclient.grpc and kserve's gRPC client.
 * - `postgresBin`: the folder of initdb, postgres and pg_ctl.
 * - `ffmpeg`: the program; `clips`: a folder of .mp4 files.
 * - `browser`: `{ executable, libraries, fontConfig }` of a Chromium, or `{ problem }` why there is none: the tests that need it then fail by that, the others run.
 */
export async function setUpTests(report) {
  const postgresBin = await findPostgres(report);
  const { python, pythonBin } = await setUpPython(report);
  const clientPython = (await setUpClients(report)).python;
  const [ffmpeg, clips] = [await setUpFfmpeg(report), await setUpClips(report)];
  const browser = await setUpBrowser(report).catch((error) => ({ problem: `${error.message} ${error.remedy ?? ''}`.trim() }));
  writeWhole(inNotes('test-env.json'), `${JSON.stringify({ python, pythonBin, clientPython, postgresBin, ffmpeg, clips, browser }, null, 2)}\n`);
}
