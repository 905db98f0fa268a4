// cornus without its wasm: for who wants to load core.wasm as a file of its own. provideModule(await
// WebAssembly.compileStreaming(fetch(url)))
export * from './index'
export { provideModule } from './runtime/wasm'
