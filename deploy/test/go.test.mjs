import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOlder } from './control-plane/go.mjs';

test('a Go is told to be too old by its major and minor version', () => {
  for (const version of ['1.19.8', '1.25.9', '0.99', 'devel', undefined]) assert.equal(isOlder(version, '1.26.8'), true, version);
  for (const version of ['1.26.0', '1.26.8', '1.30', '2.0']) assert.equal(isOlder(version, '1.26.8'), false, version);
});
