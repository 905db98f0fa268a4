// Members of lists.
import { CornusError } from './errors'

/** The member at a place, counted from the end where it is negative; none there is a mistake of ours. */
export function nth<T>(list: ArrayLike<T | undefined>, place: number): T {
  const member = list[place < 0 ? list.length + place : place]
  if (member === undefined) throw new CornusError('INTERNAL', `there is no member ${place} of ${list.length}`)
  return member
}
