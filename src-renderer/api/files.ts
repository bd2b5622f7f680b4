/** The bytes of a picture or other file, from our own server; what has been shown before comes out of the browser's own store. */
export async function fileAt(url: string): Promise<Blob> {
  const answer = await fetch(url)
  if (!answer.ok) throw new Error(`no file: ${answer.status}`)
  return answer.blob()
}
