// Reads `en.json` and `fr.json` for the message compiler. A value is a text with `{name}` inputs, or an object of plural
// forms ("one", "other", …) chosen by the input `count`. It is loaded as a data URL, so it must import nothing.
const INPUT = /\{([a-zA-Z]\w*)\}/g

const parse = (text) => {
  const parts = []
  let last = 0
  for (const found of text.matchAll(INPUT)) {
    if (found.index > last) parts.push({ type: 'text', value: text.slice(last, found.index) })
    parts.push({ type: 'expression', arg: { type: 'variable-reference', name: found[1] } })
    last = found.index + found[0].length
  }
  if (last < text.length) parts.push({ type: 'text', value: text.slice(last) })
  return parts
}

const inputsOf = (value) => {
  const texts = typeof value === 'string' ? [value] : Object.values(value)
  return texts.flatMap((text) => [...text.matchAll(INPUT)].map((found) => found[1]))
}

export default {
  key: 'plugin.burrow.messages',
  toBeImportedFiles: async ({ settings }) =>
    settings.locales.map((locale) => ({ locale, path: settings['plugin.burrow.messages'].pathPattern.replace('{locale}', locale) })),
  importFiles: async ({ files }) => {
    const bundles = new Map()
    const messages = []
    const variants = []
    for (const file of files) {
      const texts = JSON.parse(new TextDecoder().decode(file.content))
      for (const [id, value] of Object.entries(texts)) {
        const plural = typeof value !== 'string'
        const known = bundles.get(id) ?? { inputs: new Set(), plural: false }
        for (const name of inputsOf(value)) known.inputs.add(name)
        if (plural) known.inputs.add('count')
        known.plural ||= plural
        bundles.set(id, known)
        messages.push({ bundleId: id, locale: file.locale, selectors: plural ? [{ type: 'variable-reference', name: 'countPlural' }] : [] })
        if (!plural) variants.push({ messageBundleId: id, messageLocale: file.locale, matches: [], pattern: parse(value) })
        else
          for (const [form, text] of Object.entries(value))
            variants.push({
              messageBundleId: id,
              messageLocale: file.locale,
              matches: [
                form === 'other'
                  ? { type: 'catchall-match', key: 'countPlural' }
                  : { type: 'literal-match', key: 'countPlural', value: form },
              ],
              pattern: parse(text),
            })
      }
    }
    return {
      bundles: [...bundles].map(([id, { inputs, plural }]) => ({
        id,
        declarations: [
          ...[...inputs].map((name) => ({ type: 'input-variable', name })),
          ...(plural
            ? [
                {
                  type: 'local-variable',
                  name: 'countPlural',
                  value: {
                    type: 'expression',
                    arg: { type: 'variable-reference', name: 'count' },
                    annotation: { type: 'function-reference', name: 'plural', options: [] },
                  },
                },
              ]
            : []),
        ],
      })),
      messages,
      variants,
    }
  },
}
