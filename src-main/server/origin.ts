import { ConfigError } from '../config.ts'
import { chooseOrigin, findOwner, origin } from '../domain/owner.ts'
import type { Config } from '../config.ts'
import type { Domain } from '../domain/domain.ts'

/**
 * `--origin` is the address from the first time it is given to a home with a name, and never another afterwards: the address is who we
 * are to everybody else (design 6). Before there is a name it waits for one.
 * @throws ConfigError if the stored one is another; nothing was changed
 */
export function keepOrigin(d: Domain, config: Pick<Config, 'origin' | 'data'>): void {
  if (config.origin === null || !findOwner(d)) return
  const stored = origin(d)
  if (stored === null) chooseOrigin(d, config.origin, { trial: false })
  else if (stored !== config.origin) {
    throw new ConfigError(`The Burrow in ${config.data} has the address ${stored} for ever; it cannot be started with ${config.origin}.`)
  }
}
