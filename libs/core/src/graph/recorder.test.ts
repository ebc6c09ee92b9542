import { scoped, startEngine, tf } from '../engine';
import { record } from './recorder';

beforeAll(() => {
  startEngine();
});

test('records the operations between what is given and what is asked for', () => {
  scoped(() => {
    const x = tf().tensor([[1, 2], [3, 4]]);
    const { nodes, result } = record([{ tensor: x, endpoint: 'x:0' }], (endpointOf) => endpointOf(x.mul(2).reshape([4])));
    expect(nodes.map(({ op }) => op)).toEqual(['Const', 'Mul', 'Const', 'Reshape']);
    expect(nodes[1]!.inputs).toEqual(['x:0', 'graph/Const_0:0']);
    expect(result).toBe('graph/Reshape_0:0');
  });
});

test('refuses a tensor that is not given, naming the operation', () => {
  scoped(() => {
    const other = tf().tensor([1, 2]).add(0);
    expect(() => record([], () => other.sqrt())).toThrow('input 0 of Sqrt is a tensor made before the recording; declare it as given');
  });
});

test('refuses JavaScript that depends on values, and puts the binding back', () => {
  scoped(() => {
    const x = tf().tensor([1, 2]);
    expect(() => record([{ tensor: x, endpoint: 'x:0' }], () => x.square().dataSync())).toThrow('Square: a tensor was read while recording; keep its values inside TensorFlow');
    expect([...x.square().dataSync()]).toEqual([1, 4]);
  });
});

