import type { cnn } from '@quartet/contracts';
import type { CallScope, FamilyRuntime } from '@quartet/service-kit';
export async function importKeras(_r: FamilyRuntime, _q: AsyncIterable<cnn.ImportKerasRequest>, _c: CallScope): Promise<cnn.ImportKerasResponse> { throw new Error('later'); }
