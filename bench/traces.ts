import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** Requests of a program that once ran; keys are whole numbers from 0 on. */
export interface Trace {
  readonly name: string;
  readonly keys: number;
  readonly requests: Int32Array;
}

interface Manifest {
  readonly traces: readonly { name: string; file: string; requests: number; uniqueKeys: number }[];
}

/** The traces that a folder's `manifest.json` names: gzip over differences between one key and the next, zigzag, LEB128. */
export function readTraces(folder: string, only?: readonly string[]): Trace[] {
  const { traces } = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Manifest;
  return traces
    .filter(({ name }) => only === undefined || only.includes(name))
    .map(({ name, file, requests, uniqueKeys }) => ({
      name,
      keys: uniqueKeys,
      requests: decode(gunzipSync(readFileSync(join(folder, file))), requests),
    }));
}

function decode(bytes: Uint8Array, count: number): Int32Array {
  const requests = new Int32Array(count);
  let previous = 0;
  let byte = 0;
  for (let at = 0; at < count; at++) {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const next = bytes[byte++]!;
      value |= (next & 127) << shift;
      if (next < 128) break;
    }
    previous += (value >>> 1) ^ -(value & 1);
    requests[at] = previous;
  }
  return requests;
}
