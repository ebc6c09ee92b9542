import { ScalarType, toJson, type DescField, type DescMessage, type DescMethod, type Message } from '@bufbuild/protobuf';
import { reflect, type ReflectMessage } from '@bufbuild/protobuf/reflect';
import type { ModelMetadataResponse } from '../generated/inference/grpc_service_pb';

/** Where a gRPC client finds the gateway. */
export interface Target {
  address: string;
  tls: boolean;
  /** Whether calls carry a token. */
  token: boolean;
}

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`;
const inShell = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** The call by grpcurl, which learns the messages by reflection. */
export function grpcurlFor(method: DescMethod, request: Message, { address, tls, token }: Target): string {
  const json = JSON.stringify(toJson(method.input, request));
  return ['grpcurl', ...(tls ? [] : ['-plaintext']), ...(token ? ['-H "authorization: Bearer $QUARTET_TOKEN"'] : []), `-d ${inShell(json)}`, address, `${method.parent.typeName}/${method.name}`].join(' \\\n  ');
}

const CLIENTS: Record<string, string> = {
  'quartet.cnn.v1.CnnService': 'cnn',
  'quartet.rnn.v1.RnnService': 'rnn',
  'quartet.gan.v1.GanService': 'gan',
  'quartet.autoencoder.v1.AutoencoderService': 'autoencoder',
  'quartet.model.v1.ModelService': 'models',
  'quartet.dataset.v1.DatasetService': 'datasets',
  'quartet.training.v1.TrainingService': 'training',
  'inference.GRPCInferenceService': 'inference',
};

/** A scalar as the client takes it: 64-bit numbers as bigint, bytes as a Buffer. */
function scalarCode(type: ScalarType, value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (value instanceof Uint8Array) return `Buffer.from(${quoted(btoa(String.fromCharCode(...value.subarray(0, 60_000))))}, 'base64')`;
  return type === ScalarType.STRING ? quoted(String(value)) : String(value);
}

const enumCode = (field: DescField, value: unknown): string => `${String(value)} /* ${field.enum?.value[Number(value)]?.name ?? ''} */`;

/** A message whose fields that are set are written down as the client's types have them. */
function messageCode(message: ReflectMessage, indent: string): string {
  const inner = `${indent}  `;
  const lines = message.desc.members.flatMap((member) => {
    if (member.kind === 'oneof') {
      const field = message.oneofCase(member);
      return field ? [`${inner}${member.localName}: { $case: ${quoted(field.localName)}, value: ${fieldCode(message, field, inner)} },`] : [];
    }
    return message.isSet(member) ? [`${inner}${member.localName}: ${fieldCode(message, member, inner)},`] : [];
  });
  return lines.length === 0 ? '{}' : `{\n${lines.join('\n')}\n${indent}}`;
}

function fieldCode(message: ReflectMessage, field: DescField, indent: string): string {
  switch (field.fieldKind) {
    case 'scalar':
      return scalarCode(field.scalar, message.get(field));
    case 'enum':
      return enumCode(field, message.get(field));
    case 'message':
      return field.message.typeName === 'google.protobuf.Timestamp' ? `new Date(${Number((message.get(field).message as unknown as { seconds: bigint }).seconds) * 1000})` : messageCode(message.get(field), indent);
    case 'list': {
      const items = [...message.get(field)].map((item) => (field.listKind === 'message' ? messageCode(item as ReflectMessage, indent) : field.listKind === 'enum' ? enumCode(field, item) : scalarCode(field.scalar, item)));
      return `[${items.join(', ')}]`;
    }
    case 'map':
      return JSON.stringify(Object.fromEntries([...message.get(field)].map(([key, value]) => [String(key), typeof value === 'object' ? {} : value])));
  }
}

/** The call by this repository's client. */
export function typeScriptFor(method: DescMethod, request: Message, { address, tls, token }: Target): string {
  const options = [`address: ${quoted(address)}`, ...(tls ? ["tls: { ca: 'ca.pem' }"] : []), ...(token ? ["token: process.env['QUARTET_TOKEN']"] : [])].join(', ');
  const name = CLIENTS[method.parent.typeName];
  const call = `quartet.${name ?? method.parent.name}.${method.localName}(${messageCode(reflect(method.input, request), '')})`;
  const use = method.methodKind === 'unary' ? `const answer = await ${call};\nconsole.log(answer);` : `for await (const message of ${call}) console.log(message);`;
  return `import { connect } from '@quartet/client';\n\nconst quartet = connect({ ${options} });\n${use}\nquartet.close();\n`;
}

/** Whether a message names a model, and which. */
export function modelOf(request: Message): string {
  const of = request as Message & { model?: unknown; modelName?: unknown; name?: unknown };
  if (typeof of.model === 'object' && of.model !== null && 'name' in of.model) return String(of.model.name);
  return [of.modelName, of.model, of.name].find((name): name is string => typeof name === 'string' && name !== '') ?? '';
}

const NUMPY: Record<string, string> = { FP32: 'np.float32', FP64: 'np.float64', INT32: 'np.int32', INT64: 'np.int64', UINT8: 'np.uint8', BOOL: 'bool', BYTES: 'object' };

const PLAIN: Record<string, (model: string) => string> = {
  ServerLive: () => 'client.is_server_live()',
  ServerReady: () => 'client.is_server_ready()',
  ServerMetadata: () => 'client.get_server_metadata()',
  ModelReady: (model) => `client.is_model_ready("${model}")`,
  ModelMetadata: (model) => `client.get_model_metadata("${model}")`,
  ModelConfig: (model) => `client.get_model_config("${model}")`,
  ModelStatistics: (model) => `client.get_inference_statistics("${model}")`,
  RepositoryIndex: () => 'client.get_model_repository_index()',
  RepositoryModelLoad: (model) => `client.load_model("${model}")`,
  RepositoryModelUnload: (model) => `client.unload_model("${model}")`,
};

/** Methods for which a client of the Open Inference Protocol has its own: infer. */
const isInference = (input: DescMessage): boolean => input.fields.some(({ name, message }) => (name === 'model' && message?.typeName === 'quartet.common.v1.ModelRef') || name === 'model_name');

/**
 * The call, or what comes nearest to it, by Triton's Python client.
 * @param metadata of the model that the request names, if there is one
 */
export function tritonFor(method: DescMethod, request: Message, { address, tls, token }: Target, metadata: ModelMetadataResponse | undefined): string {
  const model = modelOf(request);
  const head = `import numpy as np\nimport tritonclient.grpc as triton\n\nclient = triton.InferenceServerClient("${address}"${tls ? ', ssl=True' : ''})\n`;
  const headers = token ? '\nheaders = {"authorization": f"Bearer {token}"}\n' : '';
  const plain = method.parent.typeName === 'inference.GRPCInferenceService' ? PLAIN[method.name] : undefined;
  if (plain) return `${head}${headers}print(${plain(model)})\n`;
  if (!isInference(method.input) || !metadata) return `# Triton's client speaks the Open Inference Protocol, which has no such call${isInference(method.input) ? ' for a model that is not served: name one that is' : ''}.\n`;
  const inputs = metadata.inputs.map(({ name, datatype, shape }) => {
    const sizes = shape.map((size) => (size < 0n ? 1 : Number(size))).join(', ');
    return `${name} = triton.InferInput("${name}", [${sizes}], "${datatype}")\n${name}.set_data_from_numpy(np.zeros([${sizes}], ${NUMPY[datatype] ?? 'np.float32'}))`;
  });
  const outputs = metadata.outputs.map(({ name }) => `print(result.as_numpy("${name}").shape)`);
  return `${head}${headers}${inputs.join('\n')}\nresult = client.infer("${model}", [${metadata.inputs.map(({ name }) => name).join(', ')}]${token ? ', headers=headers' : ''})\n${outputs.join('\n')}\n`;
}

