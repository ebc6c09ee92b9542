import { lazy, Suspense, type ComponentType, type LazyExoticComponent } from 'react';
import { Link, useSearchParams } from 'wouter';
import { taskOf, useRnnTasks, type RnnTask } from '../api/rnn-tasks';
import { Family } from '../generated/quartet/common/v1/model_ref_pb';
import { FailureNote } from '../parts/failure';
import { useModelPicker, type Picked } from '../parts/model-picker';
import { Page } from '../parts/page';

interface Task {
  task: RnnTask;
  /** Of its page: /rnn/write. */
  path: string;
  title: string;
  Panel: LazyExoticComponent<ComponentType<{ picked: Picked }>>;
}

const TASKS: readonly Task[] = [
  { task: 'forecast', path: 'forecast', title: 'Forecast', Panel: lazy(() => import('./rnn/forecast').then((m) => ({ default: m.Forecast }))) },
  { task: 'classify', path: 'classify', title: 'Classify', Panel: lazy(() => import('./rnn/classify').then((m) => ({ default: m.Classify }))) },
  { task: 'tag', path: 'tag', title: 'Tag', Panel: lazy(() => import('./rnn/tag').then((m) => ({ default: m.Tag }))) },
  { task: 'generate', path: 'write', title: 'Write', Panel: lazy(() => import('./rnn/write').then((m) => ({ default: m.Write }))) },
  { task: 'translate', path: 'translate', title: 'Translate', Panel: lazy(() => import('./rnn/translate').then((m) => ({ default: m.Translate }))) },
  { task: 'transcribe', path: 'transcribe', title: 'Transcribe', Panel: lazy(() => import('./rnn/transcribe').then((m) => ({ default: m.Transcribe }))) },
  { task: 'caption', path: 'caption', title: 'Caption', Panel: lazy(() => import('./rnn/caption').then((m) => ({ default: m.Caption }))) },
];

const Tasks = ({ current }: { current: Task }) => (
  <nav className="tasks" aria-label="What recurrent models do">
    <ul>
      {TASKS.map(({ path, title }) => (
        <li key={path}>
          <Link href={`/rnn/${path}`} aria-current={path === current.path ? 'page' : undefined}>
            {title}
          </Link>
        </li>
      ))}
    </ul>
  </nav>
);

/** Recurrent models, by what they do. @param path of the task; unset: that of the model that the address names, else the first one that there is a model of */
export function Rnn({ path }: { path: string | undefined }) {
  const [parameters] = useSearchParams();
  const { data: models, failure } = useRnnTasks();
  const ofModel = models?.find(({ name }) => name === parameters.get('model'))?.task;
  const current = TASKS.find((of) => of.path === path) ?? TASKS.find(({ task }) => task === ofModel) ?? TASKS.find(({ task }) => models?.some((model) => model.task === task)) ?? TASKS[0]!;
  const { task, title, Panel } = current;
  const names = new Set(models?.filter((model) => model.task === task).map(({ name }) => name));
  const { picked, controls, hint } = useModelPicker(Family.RNN, (version) => taskOf(version) === task, names);
  return (
    <Page title="RNN" actions={names.size > 0 ? controls : undefined}>
      <Tasks current={current} />
      <FailureNote failure={failure} />
      {!models && !failure && <p className="quiet">Loading ...</p>}
      {models && names.size === 0 && (
        <p className="quiet">
          No trained model does this yet: {title}. <Link href="/training/new/rnn">Train one</Link>.
        </p>
      )}
      {names.size > 0 && !picked && <p className="quiet">{hint}</p>}
      {picked && (
        <Suspense fallback={<p role="status">Loading the page ...</p>}>
          <Panel key={`${picked.ref.name}@${picked.version.version}`} picked={picked} />
        </Suspense>
      )}
    </Page>
  );
}
