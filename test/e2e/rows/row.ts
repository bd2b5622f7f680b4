/** One thing that the specification of the window asks for, and the test that shows it (interface.md, sections 2 to 5). */
export interface Row {
  /** Section and a word, such as `2.4-paused`. */
  id: string
  /** What is asked for, in a few words. */
  says: string
  /** Tests that show it: `test/e2e/outbox.test.ts > a post that waited asks before it goes`. */
  shown?: readonly string[]
  /** Why it is not there: a fact that prevents it. */
  missing?: string
}
