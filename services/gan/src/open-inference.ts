import { QuartetError, type Version } from '@quartet/contracts';
import { checkTensor, fromBytes, type HostTensor } from '@quartet/core';
import { fromHostTensor, toIntegers, toTexts, type FamilyRuntime, type InferenceTensor, type InferenceTensors, type OpenInference } from '@quartet/service-kit';
import { generateFrom } from './generate';
import { latentOf } from './latents';
import { classOf, manifestOf } from './model-info';

/** Seeds or latents in, examples out: row by row what Generate makes of a seed and a number. */
export const openInference = (runtime: FamilyRuntime): OpenInference => ({
  signature(version) {
    const { spec } = manifestOf(version);
    return {
      inputs: [
        { name: 'seed', datatypes: ['UINT64', 'INT64'], shape: [-1], optional: true },
        // Which of the seed's examples; default: the first.
        { name: 'index', datatypes: ['UINT64', 'INT64'], shape: [-1], optional: true },
        // In place of the seed.
        { name: 'latent', datatypes: ['FP32'], shape: [-1, spec.latentSize], optional: true },
        // Index or name; default: that of the index modulo the number of classes.
        ...(spec.mode === 'conditional' ? [{ name: 'class', datatypes: ['INT32', 'INT64', 'BYTES'] as const, shape: [-1], optional: true }] : []),
      ],
      outputs: [{ name: 'examples', datatype: 'FP32', shape: [-1, ...spec.exampleShape] }],
    };
  },
  async infer(version, inputs, _wanted, call) {
    const { z, indices } = latentsOf(version, inputs);
    return { examples: fromHostTensor(await generateFrom(runtime, version, z, classesOf(version, inputs['class'], indices), call)) };
  },
});

/** [batch, latent], and the number of each. */
function latentsOf(version: Version, { seed, index, latent }: InferenceTensors): { z: HostTensor; indices: bigint[] } {
  const { latentSize } = manifestOf(version).spec;
  if (latent && (seed || index)) throw QuartetError.invalid(seed ? 'seed' : 'index', 'is sent beside latent; send seeds or latents');
  if (latent?.datatype === 'FP32') {
    const z = fromBytes('float32', [...latent.shape], latent.data, 'latent');
    checkTensor(z, { name: 'latent', dtype: 'float32', shape: [null, latentSize] });
    return { z, indices: Array.from({ length: z.shape[0]! }, () => 0n) };
  }
  if (!seed) throw QuartetError.invalid('inputs', `lack 'seed' and 'latent'; send one of them`);
  const seeds = naturals(seed, 'seed');
  const indices = index ? naturals(index, 'index') : seeds.map(() => 0n);
  const z = new Float32Array(seeds.length * latentSize);
  seeds.forEach((own, row) => z.set(latentOf(own, Number(indices[row]), latentSize), row * latentSize));
  return { z: { dtype: 'float32', shape: [seeds.length, latentSize], data: z }, indices };
}

/** Numbers of at least 0; an index is one that Generate could count to. */
function naturals(tensor: InferenceTensor, field: string): bigint[] {
  const values = toIntegers(tensor);
  const bad = values.findIndex((value) => value < 0n || (field === 'index' && value > BigInt(Number.MAX_SAFE_INTEGER)));
  if (bad >= 0) throw QuartetError.invalid(`${field}[${bad}]`, `is ${values[bad]}, expected a whole number of 0 or more`);
  return values;
}

function classesOf(version: Version, given: InferenceTensor | undefined, indices: readonly bigint[]): number[] {
  const { spec } = manifestOf(version);
  if (spec.mode !== 'conditional') return [];
  if (!given) return indices.map((index) => Number(index % BigInt(spec.classes)));
  if (given.datatype === 'BYTES') return toTexts(given, 'class').map((name, row) => classOf(version, name) ?? Number(indices[row]! % BigInt(spec.classes)));
  return toIntegers(given).map((index, row) => {
    if (index < 0n || index >= BigInt(spec.classes)) throw QuartetError.invalid(`class[${row}]`, `is ${index}, expected 0 to ${spec.classes - 1}`);
    return Number(index);
  });
}
