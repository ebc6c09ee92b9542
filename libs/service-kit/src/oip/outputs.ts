import { QuartetError, type inference } from '@quartet/contracts';
import { highest } from './classification';
import { joinElements } from './bytes-elements';
import { contentsFromRaw, emptyContents } from './contents';
import type { InferenceSignature, InferenceTensor, InferenceTensors, OutputSpec } from './open-inference';
import { numberOf, refuseUnknown } from './parameters';

/** An output that a request asks for. */
export interface WantedOutput {
  spec: OutputSpec;
  /** So many of the highest scores, by name, in place of all. */
  classification: number | undefined;
}

/** What a request asks for: none means all. @throws QuartetError INVALID_FIELD */
export function wantedOutputs({ outputs }: inference.ModelInferRequest, signature: InferenceSignature): WantedOutput[] {
  if (outputs.length === 0) return signature.outputs.map((spec) => ({ spec, classification: undefined }));
  const seen = new Set<string>();
  return outputs.map(({ name, parameters }, index) => {
    const path = `outputs[${index}]`;
    const spec = signature.outputs.find((each) => each.name === name);
    if (!spec) throw QuartetError.invalid(`${path}.name`, `is '${name}'; the model gives ${signature.outputs.map((each) => `'${each.name}'`).join(', ')}`);
    if (seen.has(name)) throw QuartetError.invalid(`${path}.name`, `is '${name}' for the second time; ask for each output once`);
    seen.add(name);
    refuseUnknown(parameters, ['classification', 'binary_data'], `${path}.parameters`);
    return { spec, classification: classesOf(parameters['classification'], spec, `${path}.parameters.classification`) };
  });
}

function classesOf(parameter: inference.InferParameter | undefined, spec: OutputSpec, field: string): number | undefined {
  if (!parameter) return undefined;
  const count = numberOf(parameter, field);
  if (count === 0n) return undefined;
  if (!spec.classNames) throw QuartetError.invalid(field, `is ${count}, but '${spec.name}' holds no scores of classes; leave it out`);
  if (count < 0n || count > BigInt(spec.classNames.length)) throw QuartetError.invalid(field, `is ${count}; '${spec.name}' has ${spec.classNames.length} classes. Ask for 1 to that many`);
  return Number(count);
}

/** The answer's outputs, raw, or typed where the request was. */
export function encodeOutputs(wanted: readonly WantedOutput[], given: InferenceTensors, typed: boolean): Pick<inference.ModelInferResponse, 'outputs' | 'rawOutputContents'> {
  const tensors = wanted.map(({ spec, classification }) => {
    const tensor = given[spec.name];
    if (tensor?.datatype !== spec.datatype) throw new QuartetError('INTERNAL', `the family gave ${tensor?.datatype ?? 'nothing'} for the output ${spec.name}, which is of ${spec.datatype}`);
    return classification === undefined ? tensor : highest(tensor, classification, spec.classNames!);
  });
  const outputs = tensors.map((tensor, index) => ({
    name: wanted[index]!.spec.name,
    datatype: tensor.datatype,
    shape: tensor.shape.map(BigInt),
    parameters: {},
    contents: typed ? contentsOf(tensor) : undefined,
  }));
  return { outputs, rawOutputContents: typed ? [] : tensors.map(rawOf) };
}

const contentsOf = (tensor: InferenceTensor): inference.InferTensorContents =>
  tensor.datatype === 'BYTES' ? { ...emptyContents(), bytesContents: [...tensor.elements] } : contentsFromRaw(tensor.data, tensor.datatype);

const rawOf = (tensor: InferenceTensor): Buffer => (tensor.datatype === 'BYTES' ? joinElements(tensor.elements) : tensor.data);
