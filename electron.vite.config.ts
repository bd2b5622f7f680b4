import { resolve } from 'node:path'
import { defineConfig } from 'electron-vite'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { paraglideVitePlugin } from '@inlang/paraglide-js'
import icons from 'unplugin-icons/vite'

const at = (path: string) => resolve(import.meta.dirname, path)

export default defineConfig({
  main: {
    build: {
      outDir: 'out/main',
      sourcemap: true,
      // Kysely is some 300 small files: bundled, the instance is ready in half the time (374 to 508 ms instead of 781 to 1217).
      externalizeDeps: { exclude: ['kysely'] },
      rolldownOptions: {
        // main: the Electron shell. serve: the instance, the same file under every host. cli: the small commands beside it.
        // sender, reader and film are worker threads with fixed names, so that rooms can start them by path.
        input: {
          main: at('src-main/desktop/main.ts'),
          serve: at('src-main/serve.ts'),
          cli: at('src-main/cli.ts'),
          reader: at('src-main/store/reader-worker.ts'),
          sender: at('src-main/delivery/sender-worker.ts'),
          film: at('src-main/media/film-worker.ts'),
        },
        output: { entryFileNames: '[name].js' },
      },
    },
  },
  preload: {
    build: {
      outDir: 'out/preload',
      externalizeDeps: false,
      rolldownOptions: {
        input: { preload: at('src-main/desktop/preload.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: at('src-renderer'),
    plugins: [
      // The instance serves the window under /app/ and answers every deeper path with index.html, so assets need an absolute base.
      // electron-vite sets './' for pages opened as files; this comes after it.
      { name: 'absolute-base', enforce: 'post', config: () => ({ base: '/app/' }) },
      paraglideVitePlugin({
        project: at('src-renderer/locales/project.inlang'),
        outdir: at('src-renderer/locales/generated'),
        strategy: ['globalVariable', 'baseLocale'],
        outputStructure: 'message-modules',
      }),
      // Each message brings its own choice between the languages, and the choice every place a language can be read from, while ours is
      // always told (state/locale.svelte.ts). Said once for all of them, the first page weighs 5 kB less.
      {
        name: 'short-messages',
        apply: 'build',
        transform: {
          filter: { id: /locales\/generated\/(?:runtime|messages\/\w+)\.js$/ },
          handler: (code, id) => {
            if (id.endsWith('/runtime.js'))
              return `${code.replace(/(?<=^export let getLocale = )\(\) => \{[^]*?\n\};/m, '() => baseLocale')}\nexport const inLocale = (en, fr) => (inputs = {}, options = {}) =>
  (experimentalStaticLocale ?? options.locale ?? getLocale()) === 'fr' ? fr(inputs) : en(inputs)\n`
            return code
              .replace('import { getLocale, experimentalStaticLocale }', 'import { inLocale }')
              .replace(/^(export const (\w+) = )[^]*$/m, '$1/* @__PURE__ */ inLocale(en_$2, fr_$2)\n')
          },
        },
      },
      icons({
        compiler: 'svelte',
        scale: 1,
        defaultClass: 'i',
        iconCustomizer: (_collection, _icon, props) => {
          props['aria-hidden'] = 'true'
        },
      }),
      svelte(),
    ],
    build: {
      outDir: at('out/renderer'),
      minify: true,
      // Inlined assets would be data: fonts, which the content security policy refuses.
      assetsInlineLimit: 0,
      manifest: true,
      // What each view is made of need not stand in the first page: the view names its own parts, and they come from this machine.
      modulePreload: { resolveDependencies: (_file, parts) => parts.filter((part) => part.endsWith('.css')) },
      rolldownOptions: {
        input: at('src-renderer/index.html'),
        // What the first page needs is one file: seventy small ones weigh a tenth more, and are asked for one by one.
        output: { codeSplitting: { groups: [{ name: 'window', tags: ['$initial'] }] } },
      },
    },
  },
})
