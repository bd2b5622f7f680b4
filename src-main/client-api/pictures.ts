import { says } from './schemas/answers.ts'
import type { FastifyInstance } from 'fastify'

/**
 * The pictures of people without one. Real files with these very paths: an empty address broke Toot!, Elk looks for the ending
 * `/original/missing.png` (mastodon-api.md 2.6). Flat shapes drawn for this program, as PNG.
 */
export const MISSING_AVATAR = '/avatars/original/missing.png'
export const MISSING_HEADER = '/headers/original/missing.png'

const AVATAR =
  'iVBORw0KGgoAAAANSUhEUgAAAKAAAACgBAMAAAB54XoeAAAAMFBMVEXZ1MejnIunoI++t6iqo5PY08bSzcDJw7Wxqpqup5fW0cOlno3Dva61rp+5s6TNyLqJ' +
  '+7jbAAAACXBIWXMAAAsTAAALEwEAmpwYAAACqElEQVRo3u2Zv2sUQRiGA/ESvETlWw9zy0XjIirEFFFQEBE8CGphcVgJop5iYWGhkkYhRUiIaOViI1aHrYie' +
  'dlbGzsLoISJYmcLOIinsLIwicrnbb3bmnbc4ZZ4/4GF255v5fkxfXyAQCAQCgUAg8N9xYWk+eX7y23eSrjDTlN9UPtUYvuIB+cuuBsF3RNp44W+clnWc8PWd' +
  'lw4++/kG0k5hXPcSXpYujnstMOkWRnXuAr2WWEizhDEe3pslky+w8Hq2cAQ+JNVsYQk9Lv2iMAkKH2vCl6BwvybcCgZNogkjLHAGReUaJNykC99DwrO6cCck' +
  'XNWFY5BwUReOQpu8rAt3QCuc1YVlSFjVhSVImOjCCBI2dWGlN4T0T6ZvCj1s6IHNPnr8y4F+fdEvWHoKoCcpehrlJ3p6KUIvlujlHL/gpJfE9KKd31bQGx9+' +
  'a9bdPH7ttfa2swGv9d6I4NcQ40/wRJwhxhpblub3rY1ZVsLAKRAI/FMM/Dh6ZyqJph58eFcn6J6+bcvNlblbvqs73Jn17nut8mpGN1U6hPtmsquv22hyeqNV' +
  'sKeg5Fd4rbcVE0j6uykGgALiihhZcPUNN83CykHH+qMlOZTd4vGG5LLX6YPFgknOdKBtTmAfO0/EirvWO5LaCWPbA3NGLHloeeZatsKy3V88J9Z89GvkwdZ+' +
  'UBywmWZcchHuQVtaNXJq+KABPX+rbsIxn6khNEkcFkde5QgfuQrHeVFtFdvFxFUYNZhBkx84p92Fu9FBLjbgrboLY2M5KAAr3D0x78oGRHiMdzPk3w/LiND0' +
  'MJAiQsM2FwWiwclPNpmqHxPqcbMRE95ThUOY8JkqvIgJt3Hj2hTZi5hwlJdQ8tJKCxNuZyX5/GSfYsKYmQDML6V0YYIJ9cdhzLf++fonz+NRre9rMsQAAAAA' +
  'SUVORK5CYII='
const HEADER =
  'iVBORw0KGgoAAAANSUhEUgAAASwAAABkBAMAAADOLxDzAAAAMFBMVEXLxbXZ1MfOyLnQyrvZ1MfMxrbY0sXRzL3W0MPSzb7Vz8HTzr/Tzb/X0cTNx7fPyblu' +
  'BRDqAAAACXBIWXMAAAsTAAALEwEAmpwYAAABp0lEQVRo3u3XPUvDQBzH8T8B10iWIAEhFBwKgkUpHfRFSH0F3dS6dVAqUkSo6KiIig+gDlWhCAoKWhxcFO3i' +
  'VAkORXFwUgpSxKGWitpLfMjD9SL4+76A8OF/R+6OlD8ZgQUWWGCBBRZYYIEFFlhggQUWWGCBBRZYYIEFFlhggQUWWGCBBRZYYIEFlrX+7dx8olIpBQIdXcOL' +
  'h9mY/6zpg84imbuJnKd9ZBkpK+m9aCTrC8tI9dLPST1p0aypMNnp9iwmkJXRyW5SsjGqHQvr+pGcJCcbMLF1MrHiYXKaPNIAFcNSd8lNzfvcVfWsIZ1c1n7J' +
  'T3VMDMvlqDivpDpHDCuuk6fuuQysJUQMq0Bek8e8q7SPg+VtdCfEoaDXgRU+j5YaMkRcklc8bavVuk8xo/NzYBrzH1eUAX6q6nG04FK1wd4NOGx2tj43P1fN' +
  'fLpMEPeC4w5RrTMkIvnFEWyySKJ6XrOL2noigTWV7dyr1YxOopO6f1lLY1Y8qtbD6LczG9xrIx+Ty0ubphusevXVS8+HotW37/LFUS6fP02U7gghhBBC6P/0' +
  'ClAkGX8z6gTMAAAAAElFTkSuQmCC'

export function registerPictures(app: FastifyInstance): void {
  for (const [path, text] of [
    [MISSING_AVATAR, AVATAR],
    [MISSING_HEADER, HEADER],
  ] as const) {
    const bytes = Buffer.from(text, 'base64')
    app.get(path, says('Picture'), async (_request, reply) =>
      reply.header('Cache-Control', 'public, max-age=604800').type('image/png').send(bytes),
    )
  }
}
