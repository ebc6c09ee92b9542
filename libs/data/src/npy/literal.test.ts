import { parseLiteral } from './literal';

describe('parseLiteral', () => {
  it('reads what headers hold', () => {
    expect(parseLiteral(`{'descr': '<f4', "fortran_order": False, 'shape': (3, 4L,), 'x': [None, -1, ()], }\n`)).toEqual({
      descr: '<f4',
      fortran_order: false,
      shape: [3, 4],
      x: [null, -1, []],
    });
  });

  it.each([
    ['{1: 2}', `'key': value`],
    ['(1 2)', ', or )'],
    [`__import__('os')`, 'a value wanted at character 0, found "__import__"'],
    [`{'a': 1, 'a': 2}`, `key 'a' twice`],
    ['1 1', 'text after the value'],
    ['('.repeat(50), 'nested deeper than 16 levels'],
    ['', 'found "the end"'],
  ])('refuses %p', (text, message) => expect(() => parseLiteral(text)).toThrow(message));

  it('takes __proto__ for a plain key', () => {
    const value = parseLiteral(`{'__proto__': {'polluted': True}}`) as object;
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});
