// Edge functions (Vercel, Next): as workerd.ts, with the suffix that their bundlers want.
import module from './core.wasm?module'
import { provideModule } from './runtime/wasm'

provideModule(module)
export * from './index'
