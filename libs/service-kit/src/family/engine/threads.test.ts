import { prepareEngines, servingThreads } from './threads';

const settings = (engine = 0, serving = 0, gpuMemory = 0) => ({ QUARTET_ENGINE_THREADS: engine, QUARTET_SERVING_THREADS: serving, QUARTET_GPU_MEMORY_MB: gpuMemory });

describe('servingThreads', () => {
  test.each([
    ['of all cores one is left to the thread that answers', settings(), {}, 8, 7],
    ['one at least', settings(), {}, 1, 1],
    ['of the threads that are set as well', settings(4), {}, 64, 3],
    ['a family of one thread keeps it', settings(), { intraOpThreads: 1 }, 8, 1],
    ['what is set for serving counts', settings(4, 6), { intraOpThreads: 1 }, 2, 6],
  ])('%s', (_, given, options, cores, expected) => {
    expect(servingThreads(given, options, cores)).toBe(expected);
  });
});

describe('prepareEngines', () => {
  const name = 'TF_NUM_INTRAOP_THREADS';
  const kept = { ...process.env };
  beforeEach(() => delete process.env[name]);
  afterAll(() => {
    process.env = kept;
  });

  test('gives trainings what they had: all cores, what is set, or what the family wants', () => {
    expect(prepareEngines(settings(0, 3))).toEqual({ [name]: undefined });
    expect(process.env[name]).toBe('3');
    delete process.env[name];
    expect(prepareEngines(settings(4))).toEqual({ [name]: '4' });
    expect(process.env[name]).toBe('3');
    delete process.env[name];
    expect(prepareEngines(settings(), { intraOpThreads: 1 })).toEqual({ [name]: '1' });
    expect(process.env[name]).toBe('1');
  });

  test("hands on how much of a GPU's memory a process may take", () => {
    prepareEngines(settings());
    expect(process.env['TF_PER_DEVICE_MEMORY_LIMIT_MB']).toBeUndefined();
    prepareEngines(settings(0, 0, 20_000));
    expect(process.env['TF_PER_DEVICE_MEMORY_LIMIT_MB']).toBe('20000');
  });

  test("leaves TensorFlow's own variable alone, for both", () => {
    process.env[name] = '5';
    expect(prepareEngines(settings(4, 3))).toEqual({ [name]: '5' });
    expect(process.env[name]).toBe('5');
  });
});
