import svelte from 'eslint-plugin-svelte'
import ts from 'typescript-eslint'
import { waysOut } from './rooms.ts'

const outside = 'only the rooms net, tunnel and http (in the window: api) open connections; see waysOut in .ci/rooms.ts'

/** Everything that could open a connection: imports, dynamic imports, globals, and the globals by way of globalThis or window. */
const noWayOut = {
  '@typescript-eslint/no-restricted-imports': [
    'error',
    {
      paths: waysOut.modules.flatMap((name) => [name, `node:${name}`]).map((name) => ({ name, message: outside, allowTypeImports: true })),
      patterns: [{ group: ['undici/*', 'axios/*'], message: outside, allowTypeImports: true }],
    },
  ],
  'no-restricted-globals': ['error', ...waysOut.globals.map((name) => ({ name, message: outside }))],
  'no-restricted-properties': [
    'error',
    ...['globalThis', 'window', 'self', 'global'].flatMap((object) =>
      waysOut.globals.map((property) => ({ object, property, message: outside })),
    ),
  ],
  'no-restricted-syntax': [
    'error',
    { selector: `ImportExpression[source.value=/^(node:)?(${waysOut.modules.join('|')})$/]`, message: outside },
    { selector: `CallExpression[callee.name='require'][arguments.0.value=/^(node:)?(${waysOut.modules.join('|')})$/]`, message: outside },
  ],
}

/** What goes wrong silently: promises nobody waits for, conditions that are always true, cases nobody thought of. */
const typed = {
  '@typescript-eslint/no-floating-promises': [
    'error',
    { allowForKnownSafeCalls: [{ from: 'package', name: ['it', 'test', 'describe'], package: 'vitest' }] },
  ],
  '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false, attributes: false, properties: false } }],
  '@typescript-eslint/await-thenable': 'error',
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
}

const plain = {
  eqeqeq: ['error', 'always', { null: 'ignore' }],
  'no-console': 'off',
  'no-debugger': 'error',
  'no-eval': 'error',
  'no-implied-eval': 'error',
  'no-new-func': 'error',
  'no-self-compare': 'error',
  'no-unused-vars': 'off',
  'no-undef': 'off',
  'no-var': 'error',
  'prefer-const': 'error',
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports', disallowTypeAnnotations: false }],
  '@typescript-eslint/ban-ts-comment': 'error',
}

export default ts.config(
  { ignores: ['**/generated/**', '**/node_modules/**', 'out/**', 'test/fixtures/**', 'src-renderer/locales/project.inlang/**'] },
  { linterOptions: { reportUnusedDisableDirectives: 'off' } },
  {
    files: ['**/*.ts'],
    extends: [ts.configs.base],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: `${import.meta.dirname}/..` } },
    rules: { ...plain, ...typed },
  },
  ...svelte.configs.recommended,
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser } },
    plugins: { '@typescript-eslint': ts.plugin },
    rules: {
      ...plain,
      // A rune is assigned by the markup, and `let` is how Svelte writes props.
      'prefer-const': 'off',
      'svelte/prefer-const': ['error', { excludedRunes: ['$props', '$bindable', '$state', '$derived'] }],
      // room content owns {@html}; .ci/template-check.ts says where.
      'svelte/no-at-html-tags': 'off',
      'svelte/no-navigation-without-resolve': 'off',
      // Maps and sets that nothing renders need not be reactive; svelte-check reports the ignores that are used for nothing.
      'svelte/prefer-svelte-reactivity': 'off',
      'svelte/no-unused-svelte-ignore': 'off',
      'svelte/no-useless-children-snippet': 'off',
      // svelte-check says these, in markup and in scripts.
      'svelte/valid-compile': 'off',
      'svelte/button-has-type': 'error',
      'svelte/no-target-blank': 'error',
    },
  },
  { files: ['src-main/**/*.ts'], ignores: waysOut.main.map((room) => `src-main/${room}/**`), rules: noWayOut },
  {
    files: ['src-renderer/**/*.ts', 'src-renderer/**/*.svelte'],
    ignores: waysOut.renderer.map((room) => `src-renderer/${room}/**`),
    rules: noWayOut,
  },
  { files: ['test/**/*.ts'], rules: { '@typescript-eslint/switch-exhaustiveness-check': 'off' } },
)
