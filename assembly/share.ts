// The one rule for cutting work between threads: thread ith of nth does units [shareStart(ith), shareStart(ith + 1)).
// Cuts fall on multiples of `grain`, so that which element stands in which vector never depends on the number of threads.

// @ts-ignore: decorator
@inline
export function shareStart(n: i32, grain: i32, ith: i32, nth: i32): i32 {
  const blocks: i64 = (<i64>n + grain - 1) / grain;
  return <i32>min<i64>(n, blocks * ith / nth * grain);
}
