import { scoped, startEngine, tf, type Tensor } from '../engine';
import { biasAdd } from '../ops/bias-add';
import { matMul } from '../ops/mat-mul';
import { fuseProducts } from './fuse';
import { FLOAT, rawOp } from '../ops/raw';
import { record } from './recorder';

beforeAll(() => {
  startEngine();
});

type Step = (x: Tensor, w: Tensor, b: Tensor) => Tensor[];

/** Ops of a step after fusing. */
function opsOf(step: Step): string[] {
  return scoped(() => {
    const given = { x: tf().ones([4, 3]), w: tf().ones([3, 3]), b: tf().ones([3]) };
    const { nodes, result } = record(
      Object.entries(given).map(([name, tensor]) => ({ tensor, endpoint: `${name}:0` })),
      (endpointOf) => step(given.x, given.w, given.b).map(endpointOf),
    );
    return fuseProducts(nodes, result).map(({ op, attributes }) => {
      const fused = attributes.fused_ops?.value;
      return fused?.$case === 'list' ? `${op} ${fused.value.s.map(String).join('+')}` : op;
    });
  });
}

const affine = (x: Tensor, w: Tensor, b: Tensor): Tensor => biasAdd(matMul(x, w), b);

test.each<[string, Step, string[]]>([
  ['a product with its bias', (x, w, b) => [affine(x, w, b)], ['_FusedMatMul BiasAdd']],
  ['and its activation', (x, w, b) => [affine(x, w, b).sigmoid()], ['_FusedMatMul BiasAdd+Sigmoid']],
  ['one after the other', (x, w, b) => [affine(affine(x, w, b).tanh(), w, b).relu()], ['_FusedMatMul BiasAdd+Tanh', '_FusedMatMul BiasAdd+Relu']],
  ['not an activation whose input is read as well', (x, w, b) => { const y = affine(x, w, b); return [y.tanh().mul(y)]; }, ['_FusedMatMul BiasAdd', 'Tanh', 'Mul']],
  ['not a bias whose product is an output', (x, w, b) => { const y = matMul(x, w); return [biasAdd(y, b), y]; }, ['MatMul', 'BiasAdd']],
  ['not a transposed first factor', (x, _w, b) => [biasAdd(rawOp('MatMul', [x, x], { T: FLOAT, transpose_a: { bool: true }, transpose_b: { bool: false } }), b)], ['MatMul', 'BiasAdd']],
  ['not other activations', (x, w, b) => [affine(x, w, b).exp()], ['_FusedMatMul BiasAdd', 'Exp']],
])('fuses %s', (_, step, expected) => {
  expect(opsOf(step)).toEqual(expected);
});
