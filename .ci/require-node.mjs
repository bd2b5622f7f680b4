// Preloaded by the npm scripts (`node --import`), so it must run on every Node that may stand in their way: no TypeScript, no new syntax.
const major = Number(process.versions.node.split('.')[0])
if (!(major >= 24)) {
  console.error(
    `Burrow needs Node 24 or newer, but this is Node ${process.versions.node}: the \`node\` package that brings it is not installed. ` +
      'Run `npm ci` again and let its install script run (npm asks about it as `allowScripts` in package.json), or install Node 24 yourself.',
  )
  process.exit(2)
}
