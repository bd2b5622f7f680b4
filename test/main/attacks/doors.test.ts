import { apps } from '../../attacks/apps.ts'
import { listeners } from '../../attacks/listeners.ts'
import { floods } from '../../attacks/floods.ts'
import { attacked } from './house.ts'

attacked('the doors, and too much of everything', [...listeners, ...apps, ...floods])
