import { network } from '../../attacks/network.ts'
import { attacked } from './house.ts'

attacked('what we are made to fetch', [...network])
