/** The typed client of a Quartet platform. Start with {@link connect}. */
export { connect, type ConnectOptions, type QuartetClient } from './connect';
export type { CallOptions } from './call-options';
export type { Unary, ServerStream, ClientStream, BidiStream } from './endpoint';
export type { Input } from './input';
export { CallError, readDetails } from './call-error';
export { pages } from './pages';
export { shapeOf, tensorFromFloat32, tensorFromInt32, tensorFromUint8, tensorToFloat32, tensorToTypedArray, type TensorArray } from './tensor';
export { importKeras, type ImportKerasOptions } from './import-keras';
export { filesAt, uploadDataset, type UploadFile, type UploadOptions, type UploadProgress } from './upload';
export { watchJob, type WatchJobOptions } from './watch-job';
export { isServing, waitUntilServing, type WaitOptions } from './wait-until-serving';
export { channelCredentials } from './security/channel-credentials';
export { isLoopback } from './security/loopback';
export { PemFiles, pemNames, readPem, type PemContents, type PemNames } from './security/pem-files';
