import { registerHooks } from 'node:module'

/** Preloaded with `--import`: whoever asks for Electron gets the stand-in beside this file. */
const stand = new URL('./fake-electron.ts', import.meta.url).href

registerHooks({
  resolve: (specifier, context, next) => (specifier === 'electron' ? { url: stand, shortCircuit: true } : next(specifier, context)),
})
