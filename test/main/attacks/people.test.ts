import { people } from '../../attacks/people.ts'
import { content } from '../../attacks/content.ts'
import { attacked } from './house.ts'

attacked('people and what they write', [...people, ...content])
