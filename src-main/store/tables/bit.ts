/** A boolean column. */
export type Bit = 0 | 1 | number
