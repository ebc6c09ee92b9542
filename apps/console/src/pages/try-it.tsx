import { create, fromJson, toJson, type DescMethod, type DescService, type JsonObject, type Message } from '@bufbuild/protobuf';
import { createClient } from '@connectrpc/connect';
import { Button, CopyButton, NativeSelect, Tabs, Textarea, TextInput } from '@mantine/core';
import { useEffect, useMemo, useRef, useState } from 'react';
import { api, transport } from '../api/clients';
import { grpcurlFor, modelOf, tritonFor, typeScriptFor, type Target } from '../api/code-for';
import { useSession } from '../api/session';
import { useAction, useLive } from '../api/use-live';
import { Health } from '../generated/grpc/health/v1/health_pb';
import { GRPCInferenceService } from '../generated/inference/grpc_service_pb';
import { AutoencoderService } from '../generated/quartet/autoencoder/v1/autoencoder_pb';
import { CnnService } from '../generated/quartet/cnn/v1/cnn_pb';
import { DatasetService } from '../generated/quartet/dataset/v1/dataset_pb';
import { GanService } from '../generated/quartet/gan/v1/gan_pb';
import { GatewayService } from '../generated/quartet/gateway/v1/gateway_pb';
import { ModelService } from '../generated/quartet/model/v1/model_pb';
import { PipelineService } from '../generated/quartet/pipeline/v1/pipeline_pb';
import { RnnService } from '../generated/quartet/rnn/v1/rnn_pb';
import { TrainingService } from '../generated/quartet/training/v1/training_pb';
import { useComments } from '../parts/comments';
import { FailureNote } from '../parts/failure';
import { duration } from '../parts/format';
import { MessageForm } from '../parts/message-form';
import { Page, Section } from '../parts/page';

const SERVICES: readonly DescService[] = [ModelService, TrainingService, DatasetService, CnnService, RnnService, GanService, AutoencoderService, PipelineService, GatewayService, GRPCInferenceService, Health];
/** Texts longer than this, such as tensors' bytes, are cut where answers are shown. */
const SHOWN_TEXT = 300;
const SHOWN_MESSAGES = 100;

/** What a browser can send: one message. */
const isCallable = ({ methodKind }: DescMethod) => methodKind === 'unary' || methodKind === 'server_streaming';

const shown = (value: unknown): string => JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'string' && inner.length > SHOWN_TEXT ? `${inner.slice(0, SHOWN_TEXT)}... (${inner.length} characters)` : inner), 2);

async function call(method: DescMethod, request: Message, signal: AbortSignal, told: (message: Message) => void): Promise<void> {
  const client = createClient(method.parent, transport) as unknown as Record<string, (request: Message, options: { signal: AbortSignal }) => unknown>;
  const answer = client[method.localName]!(request, { signal });
  if (method.methodKind === 'unary') told((await answer) as Message);
  else for await (const message of answer as AsyncIterable<Message>) told(message);
}

function Code({ method, request }: { method: DescMethod; request: Message }) {
  const { token } = useSession();
  const [address, setAddress] = useState(`${location.hostname}:50050`);
  const target: Target = { address, tls: location.protocol === 'https:', token: token !== '' };
  const model = modelOf(request);
  const { data: metadata } = useLive((signal) => (model === '' ? Promise.resolve(undefined) : api.inference.modelMetadata({ name: model }, { signal }).catch(() => undefined)), [model]);
  const codes = [
    { name: 'grpcurl', code: grpcurlFor(method, request, target) },
    { name: 'TypeScript', code: typeScriptFor(method, request, target) },
    { name: 'tritonclient', code: tritonFor(method, request, target, metadata) },
  ];
  return (
    <>
      <TextInput label="Address of the gateway" size="xs" mb="sm" maw={280} value={address} onChange={(event) => setAddress(event.currentTarget.value)} />
      <Tabs defaultValue="grpcurl" keepMounted={false}>
        <Tabs.List mb="sm">
          {codes.map(({ name }) => (
            <Tabs.Tab key={name} value={name}>
              {name}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {codes.map(({ name, code }) => (
          <Tabs.Panel key={name} value={name}>
            <pre className="code" tabIndex={0} aria-label={`The call by ${name}`}>
              {code}
            </pre>
            <CopyButton value={code}>
              {({ copied, copy }) => (
                <Button size="xs" variant="default" mt="xs" onClick={copy}>
                  {copied ? 'Copied' : 'Copy'}
                </Button>
              )}
            </CopyButton>
          </Tabs.Panel>
        ))}
      </Tabs>
    </>
  );
}

interface Outcome {
  messages: Message[];
  ms: number | undefined;
}

function useRequest(method: DescMethod) {
  const [value, setValue] = useState<JsonObject>({});
  const [text, setText] = useState('{}');
  useEffect(() => {
    setValue({});
    setText('{}');
  }, [method]);
  const parsed = useMemo(() => {
    try {
      return { request: fromJson(method.input, value), problem: undefined };
    } catch (error) {
      return { request: create(method.input), problem: error instanceof Error ? error.message : String(error) };
    }
  }, [method, value]);
  return {
    ...parsed,
    value,
    text,
    edit: (next: JsonObject) => {
      setValue(next);
      setText(JSON.stringify(next, null, 2));
    },
    editText: (next: string) => {
      setText(next);
      try {
        setValue(JSON.parse(next) as JsonObject);
      } catch {
        // Not yet JSON: what it was before holds until it is.
      }
    },
  };
}

/** Any call of the API: its request as a form and as JSON, its answer, and the same call from elsewhere. */
export function TryIt() {
  const [service, setService] = useState(SERVICES[0]!);
  const [method, setMethod] = useState<DescMethod>(ModelService.methods[0]!);
  const comments = useComments();
  const { request, problem, value, text, edit, editText } = useRequest(method);
  const [outcome, setOutcome] = useState<Outcome>();
  const abort = useRef<AbortController>(undefined);
  const run = useAction(async () => {
    const started = performance.now();
    abort.current = new AbortController();
    setOutcome({ messages: [], ms: undefined });
    await call(method, request, abort.current.signal, (message) => setOutcome((before) => ({ messages: [...(before?.messages ?? []), message], ms: undefined })));
    setOutcome((before) => ({ messages: before?.messages ?? [], ms: performance.now() - started }));
  });
  const choose = (next: DescMethod) => {
    abort.current?.abort();
    run.clear();
    setMethod(next);
    setOutcome(undefined);
  };
  const chooseService = (name: string) => {
    const next = SERVICES.find(({ typeName }) => typeName === name) ?? SERVICES[0]!;
    setService(next);
    choose(next.methods[0]!);
  };
  return (
    <Page title="Try it">
      <Section title="Call">
        <div className="row end">
          <NativeSelect label="Service" data={SERVICES.map(({ typeName }) => typeName)} value={service.typeName} onChange={(event) => chooseService(event.currentTarget.value)} />
          <NativeSelect label="Method" data={service.methods.map(({ name }) => name)} value={method.name} onChange={(event) => choose(service.methods.find(({ name }) => name === event.currentTarget.value) ?? service.methods[0]!)} />
          <Button loading={run.busy} disabled={!isCallable(method) || problem !== undefined} onClick={() => void run.run()}>
            Call
          </Button>
          {run.busy && (
            <Button variant="default" onClick={() => abort.current?.abort()}>
              Stop
            </Button>
          )}
        </div>
        <p className="quiet">{comments[`${service.typeName}.${method.name}`]}</p>
        {!isCallable(method) && <p>It takes a stream of messages, which a browser can't send. Call it by the code below.</p>}
      </Section>
      <div className="halves">
        <Section title="Request">
          {method.input.fields.length === 0 ? <p className="quiet">It takes nothing.</p> : <MessageForm key={method.parent.typeName + method.name} message={method.input} value={value} onChange={edit} comments={comments} />}
          <Textarea label="As JSON" mt="sm" autosize minRows={3} maxRows={14} value={text} onChange={(event) => editText(event.currentTarget.value)} error={problem} styles={{ input: { fontFamily: 'monospace', fontSize: '0.82rem' } }} />
        </Section>
        <div style={{ minWidth: 0 }}>
          <Section title="Answer">
            <FailureNote failure={run.failure} />
            {outcome && (
              <>
                <p role="status" className="quiet">
                  {outcome.messages.length} {outcome.messages.length === 1 ? 'message' : 'messages'}
                  {outcome.ms !== undefined && ` after ${duration(outcome.ms)}`}
                </p>
                <pre className="code" tabIndex={0} aria-label="The answer">
                  {outcome.messages.slice(-SHOWN_MESSAGES).map((message) => `${shown(toJson(method.output, message))}\n`)}
                </pre>
              </>
            )}
            {!outcome && !run.failure && <p className="quiet">Nothing was called yet.</p>}
          </Section>
          <Section title="The same call from elsewhere">
            <Code method={method} request={request} />
          </Section>
        </div>
      </div>
    </Page>
  );
}
