import { resolve } from 'node:path'
import { compile } from '@inlang/paraglide-js'

/** Writes `src-renderer/locales/generated`, which the type checkers need and a clean clone does not have. The build does the same. */
export const compileMessages = async (root: string): Promise<void> => {
  await compile({
    project: resolve(root, 'src-renderer/locales/project.inlang'),
    outdir: resolve(root, 'src-renderer/locales/generated'),
    strategy: ['globalVariable', 'baseLocale'],
    // Tests and builds would else write different files into one folder.
    outputStructure: 'message-modules',
  })
}
