import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nearestPoints, type Nearest } from '@quartet/core';
import { Index, MetricKind, ScalarKind } from 'usearch';

/** Edges of a node, and candidates that an insertion and a search look at (Malkov and Yashunin, 2020: M, efConstruction, ef). */
const EDGES = 16;
const INSERTION = 64;
const SEARCH = 128;
/** Neighbours of the queries whose share found is reported. */
const RECALL_AT = 10;

const empty = (latentSize: number): Index =>
  new Index({ metric: MetricKind.L2sq, quantization: ScalarKind.F32, dimensions: latentSize, connectivity: EDGES, expansion_add: INSERTION, expansion_search: SEARCH, multi: false });

/** A graph of near latents (HNSW). */
export class Graph {
  private constructor(
    private readonly index: Index,
    private readonly latentSize: number,
  ) {}

  /** One thread makes it, so that the same latents give the same graph. @param latents [rows, latentSize]. */
  static of(latents: Float32Array, latentSize: number): Graph {
    const index = empty(latentSize);
    index.add(BigUint64Array.from({ length: latents.length / latentSize }, (_, row) => BigInt(row)), latents, 1);
    return new Graph(index, latentSize);
  }

  static load(file: string, latentSize: number): Graph {
    const index = empty(latentSize);
    index.load(file);
    return new Graph(index, latentSize);
  }

  /** Its file. */
  async bytes(): Promise<Uint8Array> {
    const folder = await mkdtemp(join(tmpdir(), 'quartet-graph-'));
    try {
      this.index.save(join(folder, 'graph'));
      return await readFile(join(folder, 'graph'));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** The nearest latents by the graph, nearest first. @param queries [queries, latentSize]. */
  search(queries: Float32Array, k: number): Nearest {
    const wanted = queries.length / this.latentSize;
    const found = Math.min(k, this.index.size());
    const nearest: Nearest = { indices: new Int32Array(wanted * found), distances: new Float32Array(wanted * found) };
    for (let query = 0; query < wanted; query += 1) {
      const { keys, distances } = this.index.search(queries.slice(query * this.latentSize, (query + 1) * this.latentSize), found, 1);
      keys.forEach((key, rank) => {
        nearest.indices[query * found + rank] = Number(key);
        nearest.distances[query * found + rank] = Math.sqrt(Math.max(0, distances[rank]!));
      });
    }
    return nearest;
  }

  /** Share of the 10 nearest that it finds. @param queries [queries, latentSize]. */
  recall(latents: Float32Array, queries: Float32Array): number {
    const exact = nearestPoints(latents, queries, this.latentSize, RECALL_AT).indices;
    const found = this.search(queries, RECALL_AT).indices;
    const each = Math.min(RECALL_AT, latents.length / this.latentSize);
    let hits = 0;
    for (let at = 0; at < exact.length; at += each) {
      const right = new Set(exact.subarray(at, at + each));
      for (const index of found.subarray(at, at + each)) if (right.has(index)) hits += 1;
    }
    return hits / exact.length;
  }
}
