import { idempotentMethods } from '@quartet/contracts';
import type { Endpoint } from './endpoint';
import { SERVICES } from './services';

test('a method is sent again by the client if and only if the proto marks it as safe to repeat', () => {
  const services: Record<string, Record<string, Endpoint<unknown>>> = SERVICES;
  const offered = Object.values(services).flatMap((service) => Object.values(service));
  const repeated = offered.filter(({ idempotent }) => idempotent).map(({ path }) => path);
  expect(repeated.sort()).toEqual([...idempotentMethods().keys()].filter((path) => offered.some((endpoint) => endpoint.path === path)).sort());
  expect(repeated).toContain('/quartet.cnn.v1.CnnService/Classify');
  expect(idempotentMethods().get('/quartet.cnn.v1.CnnService/Train')).toBeUndefined();
  expect(idempotentMethods().get('/quartet.training.v1.TrainingService/CancelJob')).toBe('repeatable');
});
