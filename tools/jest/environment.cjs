// jest gives each test file a realm of its own, in which `nativeArray instanceof Float32Array` is false for an array
// that a native addon or a Node built-in made: tfjs then takes the wrong dtype, silently. The host's constructors are
// put on the test's global, so that there is one of each.
const { TestEnvironment } = require('jest-environment-node');

const SHARED = [
  'ArrayBuffer', 'SharedArrayBuffer', 'DataView', 'Uint8Array', 'Uint8ClampedArray', 'Int8Array', 'Uint16Array', 'Int16Array',
  'Uint32Array', 'Int32Array', 'Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array',
];

module.exports = class NativeArrayEnvironment extends TestEnvironment {
  async setup() {
    await super.setup();
    for (const name of SHARED) this.global[name] = globalThis[name];
  }
};
