import { content } from '../../attacks/content.ts'
import { extensions } from '../../attacks/extensions.ts'
import { people } from '../../attacks/people.ts'
import { attacked } from './house.ts'

attacked('people and what they write', [...people, ...extensions, ...content])
