import { create, fromJson, type DescMethod, type JsonObject } from '@bufbuild/protobuf';
import { createClient } from '@connectrpc/connect';
import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useMemo, useState, type FormEvent } from 'react';
import { useLocation } from 'wouter';
import { transport } from '../api/clients';
import { allDatasets, allModels } from '../api/lists';
import { FAMILIES, type FamilyInfo } from '../api/names';
import { useAction, useLive } from '../api/use-live';
import { AutoencoderService } from '../generated/quartet/autoencoder/v1/autoencoder_pb';
import { CnnService } from '../generated/quartet/cnn/v1/cnn_pb';
import { GanService } from '../generated/quartet/gan/v1/gan_pb';
import { RnnService } from '../generated/quartet/rnn/v1/rnn_pb';
import { JobSchema, type Job } from '../generated/quartet/training/v1/training_pb';
import { useComments } from '../parts/comments';
import { DatasetPreview } from '../parts/dataset-preview';
import { FailureNote } from '../parts/failure';
import { titleOf } from '../parts/field-names';
import { MessageForm } from '../parts/message-form';
import { Page, Section } from '../parts/page';

const SERVICES = { cnn: CnnService, rnn: RnnService, gan: GanService, autoencoder: AutoencoderService };

/** `TrainLanguageModel`: `Language model` */
const taskTitle = (method: DescMethod): string => titleOf(method.name.replace(/^Train/, '').replaceAll(/(?<=[a-z])[A-Z]/g, ' $&').toLowerCase()) || 'Train';

const trainings = ({ path }: FamilyInfo): DescMethod[] => SERVICES[path].methods.filter(({ name }) => name.startsWith('Train'));

/** Calls any of the Train methods: all take a message of their own and give a job. */
async function start(family: FamilyInfo, method: DescMethod, request: JsonObject): Promise<Job> {
  const client = createClient(SERVICES[family.path], transport) as unknown as Record<string, (request: unknown) => Promise<unknown>>;
  const job = await client[method.localName]?.(fromJson(method.input, request));
  return create(JobSchema, job as Job);
}

/** A form for a training of one family, made of the contract's own messages. */
export function StartTraining({ path }: { path: string }) {
  const family = FAMILIES.find((known) => known.path === path) ?? FAMILIES[0];
  const methods = useMemo(() => trainings(family), [family]);
  const [, go] = useLocation();
  const comments = useComments();
  const [task, setTask] = useState(methods[0]!.name);
  const method = methods.find(({ name }) => name === task) ?? methods[0]!;
  const [request, setRequest] = useState<JsonObject>({});
  const { data, failure } = useLive(async (signal) => ({ datasets: await allDatasets(signal), models: await allModels(signal, family.family) }), [family]);
  const begin = useAction(async () => {
    const { id } = await start(family, method, { options: {}, ...request, idempotencyKey: crypto.randomUUID() });
    go(`/training/${id}`);
  });
  const set = (name: string, value: string) => setRequest((before) => ({ ...before, [name]: value }));
  const text = (name: string) => (typeof request[name] === 'string' ? request[name] : '');
  const dataset = data?.datasets.find(({ name }) => name === request['dataset']);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void begin.run();
  };
  return (
    <Page title={`Train ${family.title}`}>
      <FailureNote failure={failure} />
      <form onSubmit={submit} noValidate>
        <div className="halves">
          <Section title="What">
            {methods.length > 1 && <NativeSelect label="Task" mb="sm" data={methods.map((of) => ({ value: of.name, label: taskTitle(of) }))} value={task} onChange={(event) => setTask(event.currentTarget.value)} description={comments[`${SERVICES[family.path].typeName}.${method.name}`]} />}
            <TextInput label="Model" mb="sm" required description="Gets a new version; made if it is new" value={text('model')} onChange={(event) => set('model', event.currentTarget.value)} list="models" />
            <datalist id="models">
              {data?.models.map(({ name }) => (
                <option key={name} value={name} />
              ))}
            </datalist>
            <NativeSelect label="Data set" required data={[{ value: '', label: 'Choose one' }, ...(data?.datasets ?? []).map(({ name, schema }) => ({ value: name, label: `${name} (${schema?.kind ?? ''})` }))]} value={text('dataset')} onChange={(event) => set('dataset', event.currentTarget.value)} />
          </Section>
          <Section title="Data set">{dataset ? <DatasetPreview dataset={dataset} /> : <p className="quiet">Choose a data set to see what it holds.</p>}</Section>
        </div>
        <Section title="How">
          <p className="quiet">Whatever is left empty takes its default.</p>
          <MessageForm key={method.name} message={method.input} value={request} onChange={setRequest} comments={comments} hide={['model', 'dataset']} open={['options']} />
        </Section>
        <FailureNote failure={begin.failure} />
        <Button type="submit" loading={begin.busy} disabled={text('model') === '' || text('dataset') === ''}>
          Start the training
        </Button>
      </form>
    </Page>
  );
}
