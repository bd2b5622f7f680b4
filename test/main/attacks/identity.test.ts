import { signatures } from '../../attacks/signatures.ts'
import { origins } from '../../attacks/origins.ts'
import { attacked } from './house.ts'

attacked('who speaks, and for what', [...signatures, ...origins])
