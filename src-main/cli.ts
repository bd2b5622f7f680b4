import { ConfigError, flagHelp, readConfig, takeFlags } from './config.ts'
import { initialise, makeSignIn, makeToken } from './server/commands.ts'
import { examine } from './server/doctor.ts'
import { programOf } from './server/program.ts'
import { isSentence } from './server/sentences.ts'

/** `burrow init|token|sign-in|doctor`: the small commands on a data folder. What is asked for goes to stdout, everything else to stderr. */

const usage = `burrow init --data DIR --name NAME [--origin URL]    make the identity without the window
burrow token --data DIR [--scope "read write follow push"]    print a client API token
burrow sign-in --data DIR    print a fresh one-time link to the window
burrow doctor --data DIR    look at the folder and say what is found
${flagHelp()}`

const program = programOf(import.meta.url)
const say = (line: string) => void process.stdout.write(`${line}\n`)

async function run(command: string | undefined, argv: readonly string[]): Promise<number> {
  switch (command) {
    case 'init': {
      const { taken, rest } = takeFlags(argv, ['name'])
      const config = readConfig(rest, { anyOrigin: true })
      if (taken.name === undefined) throw new ConfigError('init needs --name, such as --name ana.')
      await initialise(config, taken.name, program)
      return 0
    }
    case 'token': {
      const { taken, rest } = takeFlags(argv, ['scope'])
      say(makeToken(readConfig(rest, { anyOrigin: true }), taken.scope, program))
      return 0
    }
    case 'sign-in':
      say(await makeSignIn(readConfig(argv, { anyOrigin: true }), program))
      return 0
    case 'doctor':
      return examine(readConfig(argv, { anyOrigin: true }), program, say)
    case '--help':
    case 'help':
      say(usage)
      return 0
    default:
      process.stderr.write(`${usage}\n`)
      return 2
  }
}

try {
  process.exitCode = await run(process.argv[2], process.argv.slice(3))
} catch (error) {
  if (!(error instanceof ConfigError) && !isSentence(error)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 2
}
