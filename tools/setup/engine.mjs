// Step "engine": native TensorFlow and its binding, checked by running it.
import { existsSync } from 'node:fs';
import { bindingKey, cachedBinding, installBinding, isInstalled } from './binding.mjs';
import { checkTools } from './platform.mjs';
import { fetchTensorflow, isFetched } from './tensorflow.mjs';

/** What the machine must have, found before npm has run (then the binding's sources are not here yet, and g++ is asked for). */
export function checkEngineTools(tensorflow, { sourcesPresent }) {
  const fetch = !isFetched(tensorflow);
  const compile = !sourcesPresent || !existsSync(cachedBinding(bindingKey(tensorflow)));
  checkTools({ python: fetch, pip: fetch, compiler: compile });
}

/** Fetches, compiles and verifies what is missing. */
export async function setUpEngine(report, tensorflow) {
  if (isFetched(tensorflow) && isInstalled(tensorflow)) return;
  checkEngineTools(tensorflow, { sourcesPresent: true });
  await fetchTensorflow(report, tensorflow);
  const version = await installBinding(report, tensorflow);
  report.say(`  TensorFlow ${version} (${tensorflow.accelerator}) is ready`);
}
