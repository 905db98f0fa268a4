// Types of compiled functions; tsc checks them (npm run types).
import { compile, ops, type Tensor, type TensorLike } from '../../src/index'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(_: Same<A, B>): void => {}

const two = compile((a, b) => a!.add(b!))
same<ReturnType<typeof two>, Promise<Tensor>>(true)
void two([1, 2], new Float32Array(2))

const one = compile((x: Tensor) => ({ y: x, z: [x, x] as const }))
void one(3).then(({ y, z }) => same<[typeof y, typeof z], [Tensor, readonly [Tensor, Tensor]]>(true))

const trees = compile((batch: { x: Tensor; y: readonly Tensor[] }, rate: Tensor) => ops.mul(batch.x, rate))
same<Parameters<typeof trees>, [batch: { readonly x: TensorLike; readonly y: readonly TensorLike[] }, rate: TensorLike]>(true)
void trees({ x: [1], y: [2, new Int32Array(1)] }, 0.1)
// @ts-expect-error y is missing
void trees({ x: [1] }, 0.1)
// @ts-expect-error a traced function is not async
compile(async (x: Tensor) => x)
// @ts-expect-error a number is no tensor
compile((x: Tensor) => x.size)
