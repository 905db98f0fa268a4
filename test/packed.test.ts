import { describe, expect, it } from 'vitest'
import { packPlan } from '../src/plan/pack'
import { restoreProgram, serializeProgram } from '../src/plan/packed'
import { planObservers, type Plan } from '../src/plan/plan'
import { ops, tensor, type Tensor } from '../src/index'
import { theMachine } from '../src/runtime/programs'
import { Program } from '../src/runtime/machine'

function planOf(y: () => Tensor): Plan {
  theMachine() // its self-check in wide mode makes plans of its own
  let seen: Plan | undefined
  const observer = (plan: Plan) => void (seen = plan)
  planObservers.add(observer)
  y().dataSync()
  planObservers.delete(observer)
  return seen!
}

const plan = planOf(() =>
  ops
    .matmul(
      tensor([
        [1, 2],
        [3, 4],
      ]),
      tensor([
        [5, 6],
        [7, 8],
      ]),
    )
    .relu()
    .add(
      tensor([
        [1, 2],
        [3, 9],
      ]),
    ),
)

describe('a program as bytes', () => {
  it('names its kernels, and says all else that a machine needs', () => {
    const packed = packPlan(plan)
    const restored = restoreProgram(serializeProgram(packed))
    expect(restored).toEqual(packed)
    expect(new Set(restored.kernels)).toEqual(new Set(plan.records.map(({ kernel }) => kernel)))
    expect(JSON.parse(JSON.stringify(packed.frame))).toEqual(packed.frame)
  })

  it('runs on a machine from bytes that lie anywhere', () => {
    const bytes = serializeProgram(packPlan(plan))
    const shifted = new Uint8Array(bytes.length + 3)
    shifted.set(bytes, 3)
    const machine = theMachine()
    const program = new Program(machine, restoreProgram(shifted.subarray(3)))
    machine.prepare(program, [Float32Array.of(1, 0, 0, -1), Float32Array.of(1, 2, 3, 4), Float32Array.of(1, 1, 1, 1)], [])
    machine.runHere(program)
    expect([...machine.collect(program)[0]!]).toEqual([2, 3, 1, 1])
    machine.memory.free(program.at)
  })

  const whole = serializeProgram(packPlan(plan))
  const text = (change: (rest: { kernels: string[] }) => void) => {
    const packed = structuredClone(packPlan(plan)) as unknown as { kernels: string[] }
    change(packed)
    return serializeProgram(packed as never)
  }
  it.each([
    ['nothing', new Uint8Array(0), /too short/],
    ['other bytes', new Uint8Array(400), /not a program/],
    ['a cut program', whole.slice(0, whole.length - 100), /ends before/],
    ['a kernel of another build', text(({ kernels }) => (kernels[0] = 'constructor')), /needs the kernel constructor/],
  ] as const)('%s is an error', (_, bytes, message) => {
    expect(() => restoreProgram(bytes)).toThrow(
      expect.objectContaining({ code: 'BAD_FILE', message: expect.stringMatching(message) as string }),
    )
  })
})
