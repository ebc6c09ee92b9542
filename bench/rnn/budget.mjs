// Trainings that take a given time: their step is measured first, and the learning rate's schedule fitted to as many as the time has room for.
import { median } from '../train/statistics.mjs';
import { core, say } from './process.mjs';

/** Share of the time that is planned for: a machine that others use too may become slower. */
const PLANNED = 0.95;
const PILOT_STEPS = 60;
/** Training captures its steps anew, and those of the validation. */
const CAPTURES = 1.5;
/** A longer gap between two looks at the clock, in milliseconds, means that the process was stopped: that isn't its time. */
const LONGEST_GAP = 30_000;

/** A clock that runs while the process does. */
class Clock {
  constructor() {
    Object.assign(this, { total: 0, last: performance.now(), alarm: undefined });
    this.timer = setInterval(() => this.look(), 200);
  }

  look() {
    const now = performance.now();
    this.total += Math.min(now - this.last, LONGEST_GAP);
    this.last = now;
    if (this.alarm && this.total >= this.alarm.at) this.alarm.ring();
    return this.total;
  }

  ringAt(at, ring) {
    this.alarm = { at, ring };
  }

  stop() {
    clearInterval(this.timer);
    return this.look();
  }
}

/** Milliseconds of processor time that this process has used, all threads together. */
const processorMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/**
 * Trains for so many passes over the data, however long they take: for a machine that is shared, where only the time on its
 * processors says what a training costs.
 *
 * @param make, batchAt, validation, settings As in trainFor. @returns As trainFor; stepMs is processor time.
 */
export async function trainPasses({ passes, make, batchAt, batchesPerPass, validation, settings, examplesPerStep }) {
  const [wall, cpu] = [performance.now(), processorMs()];
  const { objective, dispose, ...rest } = make();
  const trainer = new core.Trainer({
    ...settings,
    objective,
    epochs: passes,
    training: { stepsPerEpoch: batchesPerPass, batch: (epoch, step) => batchAt(epoch * batchesPerPass + step) },
    validation,
    onEvent: (event) => report(event, processorMs() - cpu),
  });
  const { outcome, history } = await trainer.train();
  const [seconds, processorSeconds] = [(performance.now() - wall) / 1000, (processorMs() - cpu) / 1000];
  const steps = trainer.step;
  trainer.dispose();
  return { ...rest, dispose, outcome, history, steps, seconds, processorSeconds, examples: steps * examplesPerStep, stepMs: (1000 * processorSeconds) / steps };
}

/**
 * @param make Makes {objective, dispose}: a fresh model each time. @param batchAt Of all batches of the training, from 0.
 * @param settings Of the Trainer. @returns The trained model, its history, steps and seconds.
 */
export async function trainFor({ minutes, make, batchAt, validation, epochs, settings, examplesPerStep }) {
  const [clock, cpu] = [new Clock(), processorMs()];
  const end = minutes * 60_000;
  const { stepMs, captureMs } = await pilot(make, batchAt, settings);
  const steps = Math.max(epochs, Math.floor((PLANNED * (end - clock.look() - CAPTURES * captureMs)) / stepMs));
  const stepsPerEpoch = Math.floor(steps / epochs);
  say(`${stepMs.toFixed(1)} ms a step: ${epochs} x ${stepsPerEpoch} steps in ${minutes} min`);
  const { objective, dispose, ...rest } = make();
  const deadline = new AbortController();
  clock.ringAt(end, () => deadline.abort());
  const trainer = new core.Trainer({
    ...settings,
    objective,
    epochs,
    training: { stepsPerEpoch, batch: (epoch, step) => batchAt(epoch * stepsPerEpoch + step) },
    validation,
    onEvent: (event) => report(event),
  });
  const { outcome, history } = await trainer.train(deadline.signal);
  // What a training that was cut short has learnt still lies in its session.
  if (outcome === 'cancelled') trainer.saveCheckpoint();
  const seconds = clock.stop() / 1000;
  const processorSeconds = (processorMs() - cpu) / 1000;
  const done = trainer.step;
  trainer.dispose();
  return { ...rest, dispose, outcome, history, steps: done, seconds, processorSeconds, examples: done * examplesPerStep, stepMs };
}

/** Milliseconds of a step on average, and of capturing the steps: those that take long. */
async function pilot(make, batchAt, settings) {
  const { objective, dispose } = make();
  const starts = [];
  const batch = (_, step) => {
    starts.push(performance.now());
    return batchAt(step);
  };
  const trainer = new core.Trainer({ ...settings, objective, epochs: 1, training: { stepsPerEpoch: PILOT_STEPS, batch } });
  await trainer.train();
  trainer.dispose();
  dispose();
  const times = starts.slice(1).map((time, index) => time - starts[index]);
  const usual = times.filter((time) => time < 5 * median(times));
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  return { stepMs: sum(usual) / usual.length, captureMs: sum(times) - sum(usual) };
}

function report(event, cpu) {
  if (event.type === 'diagnostic') say(`${event.verdict}: ${event.evidence}`);
  if (event.type !== 'epochEnd') return;
  const numbers = Object.entries(event.metrics).map(([name, value]) => `${name} ${value.toFixed(4)}`);
  say(`epoch ${event.epoch}: ${numbers.join(', ')}, ${event.seconds.toFixed(0)} s${cpu ? `, ${(cpu / 1000).toFixed(0)} s of processors so far` : ''}`);
}
