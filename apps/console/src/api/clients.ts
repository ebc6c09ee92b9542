import { Code, ConnectError, createClient, type Interceptor } from '@connectrpc/connect';
import { createGrpcWebTransport } from '@connectrpc/connect-web';
import { Health } from '../generated/grpc/health/v1/health_pb';
import { GRPCInferenceService } from '../generated/inference/grpc_service_pb';
import { AutoencoderService } from '../generated/quartet/autoencoder/v1/autoencoder_pb';
import { CnnService } from '../generated/quartet/cnn/v1/cnn_pb';
import { DatasetService } from '../generated/quartet/dataset/v1/dataset_pb';
import { GanService } from '../generated/quartet/gan/v1/gan_pb';
import { GatewayService } from '../generated/quartet/gateway/v1/gateway_pb';
import { ModelService } from '../generated/quartet/model/v1/model_pb';
import { RnnService } from '../generated/quartet/rnn/v1/rnn_pb';
import { TrainingService } from '../generated/quartet/training/v1/training_pb';
import { isLostConnection } from './errors';
import { askToSignIn, connectionBack, connectionLost, session } from './session';

/** Takes note of what a failure says of the connection and of the token, and lets it go on. */
function note(error: unknown): never {
  if (isLostConnection(error)) connectionLost();
  else if (ConnectError.from(error).code === Code.Unauthenticated) askToSignIn(ConnectError.from(error).rawMessage);
  throw error;
}

async function* noted<T>(messages: AsyncIterable<T>): AsyncIterable<T> {
  try {
    yield* messages;
  } catch (error) {
    note(error);
  }
}

const ofTheSession: Interceptor = (next) => async (request) => {
  const { token } = session();
  if (token !== '') request.header.set('authorization', `Bearer ${token}`);
  try {
    const response = await next(request);
    connectionBack();
    return response.stream ? { ...response, message: noted(response.message) } : response;
  } catch (error) {
    return note(error);
  }
};

/** Each call goes to where the page came from. */
export const transportOptions = { baseUrl: location.origin, useBinaryFormat: true, interceptors: [ofTheSession] };
export const transport = createGrpcWebTransport(transportOptions);

export const api = {
  health: createClient(Health, transport),
  inference: createClient(GRPCInferenceService, transport),
  models: createClient(ModelService, transport),
  training: createClient(TrainingService, transport),
  datasets: createClient(DatasetService, transport),
  cnn: createClient(CnnService, transport),
  rnn: createClient(RnnService, transport),
  gan: createClient(GanService, transport),
  gateway: createClient(GatewayService, transport),
  autoencoder: createClient(AutoencoderService, transport),
};
