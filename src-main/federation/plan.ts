/** To be done in the transaction; returns the uri of a post that the stored one answers and that is not here. */
export type Change = () => string | undefined
/** The change; null: nothing to do; 'fetch': something has to be fetched before it can be said. */
export type Plan = Change | null | 'fetch'
/** The same while `reach` allows requests: never 'fetch' in the end. */
export type Reaching = Plan | Promise<Plan>
