// The first page of memory, shared by every thread. Addresses are bytes.
//
//   0 ┊ null guard
//  64 ┊ BARRIER_COUNT   128 ┊ BARRIER_GENERATION   192 ┊ BARRIER_SLEEPERS     (a cache line each)
// 256 ┊ FAULT: of a check that failed the number, the value's bits, its place (i32 each)                    (0: none has)
// 320 ┊ JOB_GENERATION   384 ┊ JOB: first record, end, threads                (written by the calling thread, then the generation is
// raised)
// 448 ┊ JOB_LEFT: threads still at work   512 ┊ JOB_DONE: generations finished
// 576 ┊ STOP: not 0 sends every thread home
// 640 ┊ WIDE: not 0 where the engine pairs vectors that lie side by side into wider ones
// 1024 ┊ SPARE: 256 bytes for each thread, where a kernel puts a strip of vectors down for a moment
// 17408 ┊ first free byte

export const BARRIER_COUNT: usize = 64;
export const BARRIER_GENERATION: usize = 128;
export const BARRIER_SLEEPERS: usize = 192;
export const FAULT: usize = 256;
export const JOB_GENERATION: usize = 320;
export const JOB: usize = 384;
export const JOB_LEFT: usize = 448;
export const JOB_DONE: usize = 512;
export const STOP: usize = 576;
export const WIDE: usize = 640;
export const SPARE: usize = 1024;
export const SPARE_BYTES: usize = 256; // of each of at most 64 threads
export const HEAP: usize = 17408;

/**
 * Every buffer starts on such a boundary and is padded to a multiple of it: a kernel may read, and for whole buffers write, the padding.
 */
export const ALIGN: i32 = 64;
