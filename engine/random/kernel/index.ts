/**
 * Philox4x32-10 (Salmon et al. 2011, section 3.3) of the counters [block, step, item, 0], [block + 1, step, item, 0], ...: four numbers each, the last one of a block first.
 * Products of 64 bits are what JavaScript lacks.
 */
export function philox(target: usize, blocks: u32, block: u32, step: u32, item: u32, seed: u32, place: u32): void {
  for (let end = target + (<usize>blocks << 4); target < end; target += 16, block++) {
    let a = block, b = step, c = item, d: u32 = 0, k0 = seed, k1 = place;
    for (let round = 0; round < 10; round++) {
      const p0 = <u64>0xd2511f53 * <u64>a, p1 = <u64>0xcd9e8d57 * <u64>c;
      a = <u32>(p1 >> 32) ^ b ^ k0;
      c = <u32>(p0 >> 32) ^ d ^ k1;
      b = <u32>p1;
      d = <u32>p0;
      k0 += 0x9e3779b9;
      k1 += 0xbb67ae85;
    }
    store<u32>(target, d);
    store<u32>(target, c, 4);
    store<u32>(target, b, 8);
    store<u32>(target, a, 12);
  }
}
