/** How far a picture is magnified and where its middle lies, with the bounds that keep it in sight. */
export const LARGEST = 8
const STEP = 1.5

interface Point {
  x: number
  y: number
}

export class Zooming {
  scale = $state(1)
  /** Pixels by which the middle of the picture is moved from the middle of the stage. */
  x = $state(0)
  y = $state(0)
  #fingers = new Map<number, Point>()
  /** The stage, and the picture as it fits into it. */
  #sizes: () => { stage: DOMRect; picture: { width: number; height: number } }
  /** A press that moved is no click. */
  dragged = false

  constructor(sizes: () => { stage: DOMRect; picture: { width: number; height: number } }) {
    this.#sizes = sizes
  }

  get zoomed(): boolean {
    return this.scale > 1.001
  }

  larger(): void {
    this.to(this.scale * STEP)
  }
  smaller(): void {
    this.to(this.scale / STEP)
  }
  fit(): void {
    this.to(1)
  }

  /** Magnifies around a point of the screen, which stays where it is; around the middle when there is none. */
  to(scale: number, around?: Point): void {
    const next = Math.min(LARGEST, Math.max(1, scale))
    const { stage } = this.#sizes()
    const px = around ? around.x - (stage.x + stage.width / 2) : 0
    const py = around ? around.y - (stage.y + stage.height / 2) : 0
    const by = next / this.scale
    this.scale = next
    this.#place(px - (px - this.x) * by, py - (py - this.y) * by)
  }

  /** Moves the picture by so many pixels. */
  move(dx: number, dy: number): void {
    this.#place(this.x + dx, this.y + dy)
  }

  /** Brings the pressed point to the middle. */
  centre(at: Point): void {
    const { stage } = this.#sizes()
    this.#place(this.x - (at.x - stage.x - stage.width / 2), this.y - (at.y - stage.y - stage.height / 2))
  }

  #place(x: number, y: number): void {
    const { stage, picture } = this.#sizes()
    const room = (whole: number, seen: number) => Math.max(0, (whole * this.scale - seen) / 2)
    const across = room(picture.width, stage.width)
    const down = room(picture.height, stage.height)
    this.x = Math.min(across, Math.max(-across, x))
    this.y = Math.min(down, Math.max(-down, y))
  }

  wheel(event: WheelEvent): void {
    event.preventDefault()
    this.to(this.scale * Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002)), event)
  }

  down(event: PointerEvent): void {
    if (event.button !== 0) return
    this.dragged = false
    this.#fingers.set(event.pointerId, { x: event.clientX, y: event.clientY })
    if (event.currentTarget instanceof Element) event.currentTarget.setPointerCapture(event.pointerId)
  }

  /** One finger moves what is magnified, two magnify. */
  drag(event: PointerEvent): void {
    const before = this.#fingers.get(event.pointerId)
    if (!before) return
    const now = { x: event.clientX, y: event.clientY }
    if (Math.hypot(now.x - before.x, now.y - before.y) > 2) this.dragged = true
    const other = [...this.#fingers].find(([id]) => id !== event.pointerId)?.[1]
    if (other) {
      const reach = (point: Point) => Math.max(1, Math.hypot(point.x - other.x, point.y - other.y))
      this.to((this.scale * reach(now)) / reach(before), { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 })
    } else if (this.zoomed) this.move(now.x - before.x, now.y - before.y)
    else if (!this.dragged) return
    this.#fingers.set(event.pointerId, now)
  }

  up(event: PointerEvent): void {
    this.#fingers.delete(event.pointerId)
  }
}
