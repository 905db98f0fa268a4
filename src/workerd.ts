// Cloudflare Workers: wasm comes as an imported module, since it may not be compiled from bytes there.
import module from './core.wasm'
import { provideModule } from './runtime/wasm'

provideModule(module)
export * from './index'
