// Checks of data: indices, class labels. They stand before the effects of a Program, which stops there if one has failed.
import { FAULT } from '../layout';
import { In } from '../types';

@unmanaged
export class CheckArgs {
  x: In; // [n] int32, or float32 whose numbers must be whole
  n: i32;
  low: i32; // from low to high, both included
  high: i32;
  except: i32; // this number passes, too
  isFloat: i32;
  id: i32; // of the check, from 1
}

// @ts-ignore: decorator
@inline
function passes(at: usize, args: CheckArgs): bool {
  const value = load<i32>(at);
  return (value >= args.low && value <= args.high) || value == args.except;
}

/** Whether a float32 is an int32. */
// @ts-ignore: decorator
@inline
function isWhole(at: usize): bool {
  const value = load<f32>(at);
  return value >= -2147483648 && value < 2147483648 && nearest(value) == value;
}

/** Whether one of the four numbers here is none of those. */
// @ts-ignore: decorator
@inline
function someFail(at: usize, low: v128, high: v128, except: v128): bool {
  const x = v128.load(at);
  return v128.any_true(v128.andnot(v128.or(i32x4.lt_s(x, low), i32x4.gt_s(x, high)), i32x4.eq(x, except)));
}

/**
 * FAULT = (id, the number's bits, its place) of the first that fails; an earlier fault stays. One thread's work, so that it is always the
 * same one.
 */
export function check(args: CheckArgs, ith: i32, nth: i32): void {
  if (ith != 0 || load<i32>(FAULT) != 0) return;
  const end = args.x + (<usize>args.n << 2), low = i32x4.splat(args.low), high = i32x4.splat(args.high), except = i32x4.splat(args.except);
  for (let at = args.x; at < end; ) {
    if (!args.isFloat && at + 16 <= end && !someFail(at, low, high, except)) {
      at += 16;
      continue;
    }
    if (!(args.isFloat ? isWhole(at) : passes(at, args))) {
      store<i32>(FAULT, args.id);
      store<i32>(FAULT, load<i32>(at), 4);
      store<i32>(FAULT, <i32>((at - args.x) >> 2), 8);
      return;
    }
    at += 4;
  }
}
