import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runPython } from './run-python';
import { loadState } from './shared';

interface Answer {
  services: string[];
  predicted: number[];
  topK: number;
  version: number;
  error: { code: string; details: string; keys: string[] };
}

describe('a Python client generated from proto/ alone', () => {
  const state = loadState();
  let answer: Answer;

  beforeAll(async () => {
    answer = await runPython<Answer>('classify.py', join(__dirname, '../../proto'), state.gateway, state.model, state.digitsFile);
  });

  it('lists the services through the gateway by reflection, without the internal one', () => {
    expect(answer.services).toEqual(
      expect.arrayContaining([
        'grpc.health.v1.Health',
        'quartet.cnn.v1.CnnService',
        'quartet.dataset.v1.DatasetService',
        'quartet.model.v1.ModelService',
        'quartet.training.v1.TrainingService',
      ]),
    );
    expect(answer.services).not.toContain('quartet.training.v1.WorkerService');
  });

  it('classifies real test digits', () => {
    const bytes = readFileSync(state.labelsFile);
    const labels = Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readInt32LE(4 * i));
    const right = labels.filter((label, i) => label === answer.predicted[i]).length;
    expect(answer.predicted).toHaveLength(labels.length);
    // A small network, 2,400 training digits and 3 epochs; guessing gets 10 %.
    expect(right / labels.length).toBeGreaterThan(0.85);
    expect(answer.topK).toBe(3);
    expect(String(answer.version)).toBe(state.version);
  });

  it('gets INVALID_ARGUMENT with details for a wrong shape', () => {
    expect(answer.error.code).toBe('INVALID_ARGUMENT');
    expect(answer.error.details).toMatch(/5, 5/);
    expect(answer.error.details).toMatch(/28, 28/);
    expect(answer.error.keys).toContain('grpc-status-details-bin');
  });
});
