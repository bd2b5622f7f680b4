const two = (value: number) => String(value).padStart(2, '0')

/** A moment as a `datetime-local` field writes it: local time, to the minute. */
export function fieldTime(at: number): string {
  const date = new Date(at)
  const day = `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`
}

/** The full hour `hour` of the next day, local time, in milliseconds. */
export function tomorrowAt(hour: number, now: number): number {
  const date = new Date(now)
  date.setDate(date.getDate() + 1)
  date.setHours(hour, 0, 0, 0)
  return date.getTime()
}
