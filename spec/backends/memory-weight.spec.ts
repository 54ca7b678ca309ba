import { expect } from 'chai';
import { estimateBytes } from '#lib/backends/memory/weight.js';

const weightOf = (value: unknown): number => estimateBytes('k', value) - estimateBytes('k', null);

describe('weight of a memory entry', () => {
  it('counts two bytes a character, in keys too', () => {
    expect(weightOf('x'.repeat(1_000)) - weightOf('')).to.equal(2_000);
    expect(estimateBytes('k'.repeat(101), null) - estimateBytes('k', null)).to.equal(200);
  });

  it('counts bytes as bytes', () => {
    for (const value of [
      Buffer.alloc(50_000),
      new Uint8Array(50_000),
      new ArrayBuffer(50_000),
      new SharedArrayBuffer(50_000),
      new Float64Array(6_250),
    ]) {
      expect(weightOf(value)).to.be.within(50_000, 50_100);
    }
    expect(weightOf({ nested: [Buffer.alloc(50_000)] })).to.be.within(50_000, 50_300);
  });

  it('counts what is nested, in every kind of container', () => {
    const text = 'x'.repeat(5_000);
    for (const value of [
      [text],
      { text },
      new Map([['k', text]]),
      new Map([[text, 1]]),
      new Set([text]),
      [[[{ a: [text] }]]],
    ]) {
      expect(weightOf(value)).to.be.within(10_000, 10_500);
    }
  });

  it('counts the keys of an object that is used as a table', () => {
    const table = (keys: number, length: number): object =>
      Object.fromEntries(Array.from({ length: keys }, (_, index) => [String(index).padStart(length, 'k'), 1]));
    expect(weightOf(table(100, 1_000))).to.be.within(200_000, 210_000);
    // Beyond the sample, too. 79 bytes a row were measured.
    expect(weightOf(table(20_000, 20))).to.be.within(20_000 * 79, 20_000 * 85);
    // Objects of one shape share their keys.
    expect(weightOf(Array.from({ length: 100 }, () => table(3, 1_000)))).to.be.below(20_000);
  });

  it('counts shared objects once, and survives cycles', () => {
    const shared = { text: 'x'.repeat(5_000) };
    expect(weightOf([shared, shared, shared])).to.be.within(10_000, 10_500);
    const cycle: Record<string, unknown> = { text: 'x'.repeat(5_000) };
    cycle['self'] = cycle;
    expect(weightOf(cycle)).to.be.within(10_000, 10_500);
  });

  it('survives nesting of any depth', () => {
    let deep: unknown = 'x';
    for (let n = 0; n < 100_000; n++) deep = [deep];
    expect(weightOf(deep)).to.be.above(300_000);
  });

  it('extrapolates huge values instead of walking all of them', () => {
    const rows = Array.from({ length: 200_000 }, (_, id) => ({ id, name: 'abcdefghij' }));
    const one = weightOf(rows.slice(0, 1_000)) / 1_000;
    expect(weightOf(rows) / rows.length).to.be.within(one * 0.9, one * 1.1);
  });

  it('runs no getters', () => {
    const value = {
      get trap(): never {
        throw new Error('ran');
      },
    };
    expect(weightOf(value)).to.be.above(0);
  });
});
