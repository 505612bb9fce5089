import { expect, it } from 'vitest';
import { hash, Random } from '../../engine/random';
import { philox } from '../../engine/random/philox';

/** Philox4x32-10 in integers of any size, as the paper's section 3.3 has it. */
function exact(counter: number[], key: number[]): number[] {
  const low = (x: bigint): bigint => x & 0xffffffffn;
  let [a, b, c, d] = counter.map(BigInt);
  let [k0, k1] = key.map(BigInt);
  for (let round = 0; round < 10; round++) {
    const [p0, p1] = [0xd2511f53n * a, 0xcd9e8d57n * c];
    [a, b, c, d] = [(p1 >> 32n) ^ b ^ k0, low(p1), (p0 >> 32n) ^ d ^ k1, low(p0)];
    [k0, k1] = [low(k0 + 0x9e3779b9n), low(k1 + 0xbb67ae85n)];
  }
  return [a, b, c, d].map(Number);
}

it('is the generator whose answers its authors publish (Random123, kat_vectors)', () => {
  const known = [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8];
  expect(exact([0, 0, 0, 0], [0, 0])).toEqual(known);
  expect([...philox(1, 0, 0, 0, [0, 0])]).toEqual(known.toReversed());
});

it.each([[0, 'shuffle', 0, 0], [2 ** 32 - 1, 'initialize/conv1.weight', 2 ** 32 - 1, 7], [2 ** 33 + 5, 'augment/2', 3, 2 ** 31 + 1]])('a stream is the same however much of it is made at once: seed %d, %s', (seed, place, step, item) => {
  // More than a stream makes at once at most.
  const blocks = 1000;
  const random = new Random(seed, place, step, item);
  const drawn = Array.from({ length: 4 * blocks }, () => random.next());
  expect(drawn).toEqual(Array.from({ length: blocks }, (_, block) => exact([block, step, item, 0], [seed % 2 ** 32, hash(place)]).reverse()).flat());
});
