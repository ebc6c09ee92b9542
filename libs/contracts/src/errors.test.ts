import { QuartetError } from './errors';
import { ErrorReason } from './generated/quartet/common/v1/error';
import { STATUS_OF_REASON } from './status';

describe('QuartetError', () => {
  it('names the field in the message and in the violation', () => {
    const error = QuartetError.invalid('batch.shape', 'is [2, 3]; the model takes [batch, 28, 28, 1].', 'SHAPE_MISMATCH');
    expect(error.message).toBe('batch.shape: is [2, 3]; the model takes [batch, 28, 28, 1].');
    expect(error.violations).toEqual([{ field: 'batch.shape', description: 'is [2, 3]; the model takes [batch, 28, 28, 1].' }]);
  });

  it('is recognized by brand, not by class, so that a second copy of the package does no harm', () => {
    const foreign = Object.assign(new Error('x'), { [Symbol.for('quartet.error')]: true });
    expect(QuartetError.is(foreign)).toBe(true);
    expect(QuartetError.is(new Error('x'))).toBe(false);
    expect(QuartetError.is(null)).toBe(false);
  });
});

describe('STATUS_OF_REASON', () => {
  it('has a status for every reason of the proto', () => {
    const reasons = Object.keys(ErrorReason)
      .filter((key) => key.startsWith('ERROR_REASON_') && key !== 'ERROR_REASON_UNSPECIFIED')
      .map((key) => key.slice('ERROR_REASON_'.length));
    expect(Object.keys(STATUS_OF_REASON).sort()).toEqual(reasons.sort());
  });
});
