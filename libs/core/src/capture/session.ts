import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { binding } from '../engine';
import { CoreError } from '../errors';
import { encodeSavedModel } from '../graph/saved-model';
import type { FunctionDef } from '../generated/tensorflow/core/framework/function';
import type { GraphNode, Endpoint } from '../graph/node';
import { elementCount, formatShape, type HostTensor, type TensorData } from '../tensor/host-tensor';
import type { DataType } from '../generated/tensorflow/core/framework/types';

/** A value to feed: its memory is read in place during the run. */
export interface Feed {
  endpoint: Endpoint;
  dtype: DataType;
  shape: number[];
  data: TensorData;
}

/** A TensorFlow session over a graph. Its resource variables live as long as it. Calls block the thread. */
export class GraphSession {
  private id: number | undefined;

  constructor(nodes: readonly GraphNode[], functions: readonly FunctionDef[] = []) {
    const native = binding();
    // The binding takes graphs from a folder only; it is gone again once the graph is loaded.
    const folder = mkdtempSync(path.join(tmpdir(), 'quartet-graph-'));
    try {
      writeFileSync(path.join(folder, 'saved_model.pb'), encodeSavedModel(nodes, { serving_default: { inputs: {}, outputs: {} } }, native.TF_Version, functions));
      this.id = native.loadSavedModel(folder, 'serve');
    } catch (cause) {
      throw new CoreError('INTERNAL', `TensorFlow can't load the captured graph: ${(cause as Error).message}`, { cause });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** One run: the values of the fetched endpoints, copied out. */
  run(feeds: readonly Feed[], fetches: readonly Endpoint[]): HostTensor[] {
    if (this.id === undefined) throw new CoreError('WRONG_STATE', 'the captured graph was disposed of');
    const native = binding();
    const inputs: number[] = [];
    try {
      for (const { shape, dtype, data } of feeds) inputs.push(native.createTensor(shape, dtype, data as never));
      const names = feeds.map(({ endpoint }) => endpoint);
      const outputs = native.runSavedModel(this.id, inputs, names.join(','), fetches.join(','));
      return outputs.map(({ id, shape, dtype }) => {
        const data = native.tensorDataSync(id);
        native.deleteTensor(id);
        if (data.length !== elementCount(shape)) throw new CoreError('INTERNAL', `a captured output has ${data.length} elements for ${formatShape(shape)}`);
        return { dtype: hostType(dtype, native), shape, data };
      });
    } finally {
      for (const id of inputs) native.deleteTensor(id);
    }
  }

  dispose(): void {
    if (this.id === undefined) return;
    binding().deleteSavedModel(this.id);
    this.id = undefined;
  }
}

export function hostType(dtype: number, native: ReturnType<typeof binding>): HostTensor['dtype'] {
  if (dtype === native.TF_FLOAT) return 'float32';
  if (dtype === native.TF_INT32) return 'int32';
  if (dtype === native.TF_BOOL) return 'bool';
  throw new CoreError('UNIMPLEMENTED', `a captured output has TensorFlow's dtype ${dtype}; outputs are float32, int32 or bool`);
}
