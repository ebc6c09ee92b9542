import { readFileSync } from 'node:fs';
import { createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { descriptorSetPath } from '../descriptors';
import { cnn, rnn } from '../index';
import { RULES, ruleOf, type Rule } from './rules';

const services = [...createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(descriptorSetPath)))].filter((found) => found.kind === 'service');
const paths = services.flatMap(({ typeName, methods }) => methods.map(({ name }) => `/${typeName}/${name}`));
/** Health is for probes, which have no token. */
const declared = paths.filter((path) => !path.startsWith('/grpc.'));

test('every method of the contract has a rule, and no other', () => {
  expect(declared.length).toBeGreaterThan(60);
  expect([...RULES.keys()].sort()).toEqual([...declared].sort());
});

test('a method without a rule is for those who may do everything', () => {
  expect(ruleOf('/quartet.cnn.v1.CnnService/New')).toEqual({ role: 'admin', all: true });
});

const modelsOf = <Q>(path: string, request: Q) => (ruleOf(path) as unknown as Rule<Q>).models?.(request);

test('rules find the models of a request', () => {
  expect(modelsOf('/quartet.cnn.v1.CnnService/Classify', cnn.ClassifyRequest.fromPartial({ model: { name: 'digits' } }))).toEqual(['digits']);
  expect(modelsOf('/quartet.cnn.v1.CnnService/Train', cnn.TrainRequest.fromPartial({ model: 'digits' }))).toEqual(['digits']);
  expect(modelsOf('/quartet.rnn.v1.RnnService/TrainCaptioner', rnn.TrainCaptionerRequest.fromPartial({ model: 'captions', imageModel: { name: 'shapes' } }))).toEqual(['captions', 'shapes']);
  expect(modelsOf('/quartet.rnn.v1.RnnService/Step', rnn.StepRequest.fromPartial({ message: { $case: 'open', value: { model: { name: 'air' } } } }))).toEqual(['air']);
  expect(modelsOf('/quartet.rnn.v1.RnnService/Step', rnn.StepRequest.fromPartial({ message: { $case: 'text', value: 'x' } }))).toEqual([]);
  expect(modelsOf('/quartet.rnn.v1.RnnService/Transcribe', rnn.TranscribeRequest.fromPartial({ message: { $case: 'start', value: { model: { name: 'words' } } } }))).toEqual(['words']);
});

test('each method with a field for a model or a reference to one has a rule that reads it', () => {
  for (const { typeName, methods } of services) {
    for (const { name, input } of methods) {
      const path = `/${typeName}/${name}`;
      const own = input.fields.some((field) => field.name === 'model');
      const exempt = path.endsWith('/ListJobs') || typeName.endsWith('WorkerService');
      if (own && !exempt) expect([path, typeof ruleOf(path).models]).toEqual([path, 'function']);
    }
  }
});
