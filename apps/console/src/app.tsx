import { lazy, Suspense } from 'react';
import { Route, Switch, useLocation } from 'wouter';
import { Boundary } from './parts/boundary';
import { Connection } from './parts/connection';
import { Navigation } from './parts/navigation';
import { Page } from './parts/page';
import { SignIn } from './parts/sign-in';
import { Overview } from './pages/overview';

// Each page but the first comes when it is asked for.
const Training = lazy(() => import('./pages/training').then((m) => ({ default: m.Training })));
const Job = lazy(() => import('./pages/job').then((m) => ({ default: m.JobPage })));
const Compare = lazy(() => import('./pages/compare').then((m) => ({ default: m.Compare })));
const StartTraining = lazy(() => import('./pages/start-training').then((m) => ({ default: m.StartTraining })));
const Models = lazy(() => import('./pages/models').then((m) => ({ default: m.Models })));
const Model = lazy(() => import('./pages/model').then((m) => ({ default: m.ModelPage })));
const Cnn = lazy(() => import('./pages/cnn').then((m) => ({ default: m.Cnn })));
const Rnn = lazy(() => import('./pages/rnn').then((m) => ({ default: m.Rnn })));
const Gan = lazy(() => import('./pages/gan').then((m) => ({ default: m.Gan })));
const Autoencoder = lazy(() => import('./pages/autoencoder').then((m) => ({ default: m.Autoencoder })));
const TryIt = lazy(() => import('./pages/try-it').then((m) => ({ default: m.TryIt })));

export function App() {
  const [location] = useLocation();
  return (
    <div className="shell">
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <Navigation />
      <main id="main" tabIndex={-1}>
        <Connection />
        <Boundary key={location}>
        <Suspense fallback={<p role="status">Loading the page ...</p>}>
          <Switch>
            <Route path="/" component={Overview} />
            <Route path="/training" component={Training} />
            <Route path="/training/new/:family">{({ family }) => <StartTraining path={family} />}</Route>
            <Route path="/training/compare/:first/:second">{({ first, second }) => <Compare first={first} second={second} />}</Route>
            <Route path="/training/:id">{({ id }) => <Job id={id} />}</Route>
            <Route path="/models" component={Models} />
            <Route path="/models/:name">{({ name }) => <Model name={decodeURIComponent(name)} />}</Route>
            <Route path="/cnn" component={Cnn} />
            <Route path="/rnn/:task?">{({ task }) => <Rnn path={task} />}</Route>
            <Route path="/gan" component={Gan} />
            <Route path="/autoencoder" component={Autoencoder} />
            <Route path="/try" component={TryIt} />
            <Route>
              <Page title="No such page">
                <p>The console has no page at this address.</p>
              </Page>
            </Route>
          </Switch>
        </Suspense>
        </Boundary>
      </main>
      <SignIn />
    </div>
  );
}
