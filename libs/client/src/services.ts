import * as contracts from '@quartet/contracts';
import { bidiStream, clientStream, serverStream, unary, type Endpoint } from './endpoint';

const { autoencoder, cnn, gan, gateway, health, inference, pipeline, rnn } = contracts;
const ae = autoencoder.AutoencoderServiceService;
const recurrent = rnn.RnnServiceService;
const { GanServiceService: ganService } = gan;
const open = inference.GRPCInferenceServiceService;
const { DatasetServiceService: dataset, ModelServiceService: model, TrainingServiceService: training, WorkerServiceService: worker } = contracts;

/** Safe to send again after UNAVAILABLE. */
const again = { idempotent: true };

/** Every method that the client offers, by the name of its service; methods keep the names they have in proto/. */
export const SERVICES = {
  datasets: {
    uploadDataset: clientStream(dataset.uploadDataset, contracts.UploadDatasetRequest),
    importDataset: serverStream(dataset.importDataset, contracts.ImportDatasetRequest),
    getDataset: unary(dataset.getDataset, contracts.GetDatasetRequest, again),
    listDatasets: unary(dataset.listDatasets, contracts.ListDatasetsRequest, again),
    deleteDataset: unary(dataset.deleteDataset, contracts.DeleteDatasetRequest),
    readExamples: unary(dataset.readExamples, contracts.ReadExamplesRequest, again),
  },
  models: {
    listModels: unary(model.listModels, contracts.ListModelsRequest, again),
    getModel: unary(model.getModel, contracts.GetModelRequest, again),
    listVersions: unary(model.listVersions, contracts.ListVersionsRequest, again),
    getVersion: unary(model.getVersion, contracts.GetVersionRequest, again),
    promoteVersion: unary(model.promoteVersion, contracts.PromoteVersionRequest),
    setTraffic: unary(model.setTraffic, contracts.SetTrafficRequest, again),
    getTraffic: unary(model.getTraffic, contracts.GetTrafficRequest, again),
    rollback: unary(model.rollback, contracts.RollbackRequest),
    deleteLabel: unary(model.deleteLabel, contracts.DeleteLabelRequest),
    deleteVersion: unary(model.deleteVersion, contracts.DeleteVersionRequest),
    deleteModel: unary(model.deleteModel, contracts.DeleteModelRequest),
    exportVersion: serverStream(model.exportVersion, contracts.ExportVersionRequest),
  },
  backups: { backup: serverStream(contracts.BackupServiceService.backup, contracts.BackupRequest) },
  training: {
    getJob: unary(training.getJob, contracts.GetJobRequest, again),
    listJobs: unary(training.listJobs, contracts.ListJobsRequest, again),
    watchJob: serverStream(training.watchJob, contracts.WatchJobRequest),
    cancelJob: unary(training.cancelJob, contracts.CancelJobRequest, again),
    resumeJob: unary(training.resumeJob, contracts.ResumeJobRequest),
  },
  /** Served by the registry, not by the gateway: what family services and training processes use. */
  worker: {
    createJob: unary(worker.createJob, contracts.CreateJobRequest),
    claimJob: unary(worker.claimJob, contracts.ClaimJobRequest, { waits: (request) => request.waitMs }),
    heartbeat: unary(worker.heartbeat, contracts.HeartbeatRequest, again),
    recordEvents: unary(worker.recordEvents, contracts.RecordEventsRequest, again),
    recordCheckpoint: unary(worker.recordCheckpoint, contracts.RecordCheckpointRequest, again),
    publishVersion: unary(worker.publishVersion, contracts.PublishVersionRequest),
    importVersion: unary(worker.importVersion, contracts.ImportVersionRequest, again),
    endJob: unary(worker.endJob, contracts.EndJobRequest),
    releaseJob: unary(worker.releaseJob, contracts.ReleaseJobRequest),
    watchVersions: serverStream(worker.watchVersions, contracts.WatchVersionsRequest),
  },
  cnn: {
    train: unary(cnn.CnnServiceService.train, cnn.TrainRequest),
    classify: unary(cnn.CnnServiceService.classify, cnn.ClassifyRequest, again),
    predict: unary(cnn.CnnServiceService.predict, cnn.PredictRequest, again),
    embed: unary(cnn.CnnServiceService.embed, cnn.EmbedRequest, again),
    explain: unary(cnn.CnnServiceService.explain, cnn.ExplainRequest, again),
    inspect: unary(cnn.CnnServiceService.inspect, cnn.InspectRequest, again),
    findExamples: unary(cnn.CnnServiceService.findExamples, cnn.FindExamplesRequest, again),
    trainVideo: unary(cnn.CnnServiceService.trainVideo, cnn.TrainVideoRequest),
    classifyVideo: unary(cnn.CnnServiceService.classifyVideo, cnn.ClassifyVideoRequest, again),
    classifyStream: bidiStream(cnn.CnnServiceService.classifyStream, cnn.ClassifyStreamRequest),
    importKeras: clientStream(cnn.CnnServiceService.importKeras, cnn.ImportKerasRequest),
  },
  rnn: {
    trainForecast: unary(recurrent.trainForecast, rnn.TrainForecastRequest),
    forecast: unary(recurrent.forecast, rnn.ForecastRequest, again),
    trainClassifier: unary(recurrent.trainClassifier, rnn.TrainClassifierRequest),
    classify: unary(recurrent.classify, rnn.ClassifyRequest, again),
    trainTagger: unary(recurrent.trainTagger, rnn.TrainTaggerRequest),
    tag: unary(recurrent.tag, rnn.TagRequest, again),
    trainLanguageModel: unary(recurrent.trainLanguageModel, rnn.TrainLanguageModelRequest),
    generate: serverStream(recurrent.generate, rnn.GenerateRequest),
    trainTranslator: unary(recurrent.trainTranslator, rnn.TrainTranslatorRequest),
    translate: unary(recurrent.translate, rnn.TranslateRequest, again),
    trainTranscriber: unary(recurrent.trainTranscriber, rnn.TrainTranscriberRequest),
    transcribe: bidiStream(recurrent.transcribe, rnn.TranscribeRequest),
    trainCaptioner: unary(recurrent.trainCaptioner, rnn.TrainCaptionerRequest),
    caption: unary(recurrent.caption, rnn.CaptionRequest, again),
    step: bidiStream(recurrent.step, rnn.StepRequest),
  },
  gan: {
    train: unary(ganService.train, gan.TrainRequest),
    generate: serverStream(ganService.generate, gan.GenerateRequest),
    interpolate: unary(ganService.interpolate, gan.InterpolateRequest, again),
    discriminate: unary(ganService.discriminate, gan.DiscriminateRequest, again),
    project: unary(ganService.project, gan.ProjectRequest, again),
    evaluate: unary(ganService.evaluate, gan.EvaluateRequest, again),
    generateDataset: unary(ganService.generateDataset, gan.GenerateDatasetRequest),
  },
  autoencoder: {
    train: unary(ae.train, autoencoder.TrainRequest),
    encode: unary(ae.encode, autoencoder.EncodeRequest, again),
    decode: unary(ae.decode, autoencoder.DecodeRequest, again),
    reconstruct: unary(ae.reconstruct, autoencoder.ReconstructRequest, again),
    sample: unary(ae.sample, autoencoder.SampleRequest, again),
    interpolate: unary(ae.interpolate, autoencoder.InterpolateRequest, again),
    detectAnomalies: unary(ae.detectAnomalies, autoencoder.DetectAnomaliesRequest, again),
    neighbors: unary(ae.neighbors, autoencoder.NeighborsRequest, again),
    compress: unary(ae.compress, autoencoder.CompressRequest, again),
    decompress: unary(ae.decompress, autoencoder.DecompressRequest, again),
    project: unary(ae.project, autoencoder.ProjectRequest, again),
    report: unary(ae.report, autoencoder.ReportRequest, again),
  },
  /** The Open Inference Protocol, over the models of all families. */
  inference: {
    serverLive: unary(open.serverLive, inference.ServerLiveRequest, again),
    serverReady: unary(open.serverReady, inference.ServerReadyRequest, again),
    serverMetadata: unary(open.serverMetadata, inference.ServerMetadataRequest, again),
    modelReady: unary(open.modelReady, inference.ModelReadyRequest, again),
    modelMetadata: unary(open.modelMetadata, inference.ModelMetadataRequest, again),
    modelConfig: unary(open.modelConfig, inference.ModelConfigRequest, again),
    modelInfer: unary(open.modelInfer, inference.ModelInferRequest, again),
    modelStreamInfer: bidiStream(open.modelStreamInfer, inference.ModelInferRequest),
    modelStatistics: unary(open.modelStatistics, inference.ModelStatisticsRequest, again),
    repositoryIndex: unary(open.repositoryIndex, inference.RepositoryIndexRequest, again),
    repositoryModelLoad: unary(open.repositoryModelLoad, inference.RepositoryModelLoadRequest, again),
    repositoryModelUnload: unary(open.repositoryModelUnload, inference.RepositoryModelUnloadRequest, again),
  },
  /** Several families in one call; served by the gateway itself. */
  pipelines: {
    validate: unary(pipeline.PipelineServiceService.validate, pipeline.ValidateRequest, again),
    run: unary(pipeline.PipelineServiceService.run, pipeline.RunRequest),
  },
  /** What the gateway knows of the services behind it. */
  gateway: { listReplicas: unary(gateway.GatewayServiceService.listReplicas, gateway.ListReplicasRequest, again) },
  /** grpc.health.v1; the empty service name asks for the server as a whole. */
  health: {
    check: unary(health.HealthService.check, health.HealthCheckRequest),
    list: unary(health.HealthService.list, health.HealthListRequest),
    watch: serverStream(health.HealthService.watch, health.HealthCheckRequest),
  },
} satisfies Record<string, Record<string, Endpoint<unknown>>>;

type Bound<T> = { readonly [K in keyof T]: T[K] extends Endpoint<infer F> ? F : never };

/** The services of a client, each method bound to its connection. */
export type BoundServices = { readonly [K in keyof typeof SERVICES]: Bound<(typeof SERVICES)[K]> };
