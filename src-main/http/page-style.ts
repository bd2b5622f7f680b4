/** The look of the public pages: the window's paper and inks (tokens of the look), no script, nothing from elsewhere. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --canvas: light-dark(#ECEAE4, #121412);
  --surface: light-dark(#FCFBF8, #1A1D1B);
  --sunken: light-dark(#F3F1EB, #151816);
  --line: light-dark(#DDD9CF, #2E3330);
  --text: light-dark(#22201B, #E9EBE6);
  --muted: light-dark(#625D52, #A7AEA8);
  --link: light-dark(#0A5F7A, #74C7E0);
  --accent: light-dark(#0B6B66, #58C4B8);
  --boost: light-dark(#6B3FA0, #BFA0F0);
  --reply: light-dark(#8A4B00, #E6A957);
  --tag: light-dark(#1F6B3A, #83CF97);
  --font-ui: "Atkinson Hyperlegible Next", "Noto Sans", "Segoe UI", system-ui, sans-serif;
  --font-reading: "Literata", "Iowan Old Style", "Charter", Georgia, serif;
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--canvas); color: var(--text); font: 400 1rem/1.45 var(--font-ui); }
main, body > header, body > footer { max-width: 40rem; margin-inline: auto; padding-inline: 1rem; }
main { background: var(--surface); border: 1px solid var(--line); border-radius: .625rem; padding: 1.5rem; margin-block: 1rem; }
body > header { padding-block: 1.5rem 0; }
body > footer { padding-block: 0 2rem; color: var(--muted); font-size: .8125rem; }
a { color: var(--link); text-decoration: underline; text-underline-offset: .15em; overflow-wrap: anywhere; }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: .25rem; }
h1 { font-size: 1.625rem; line-height: 1.25; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.0625rem; margin: 2rem 0 .5rem; }
.who { display: flex; gap: 1rem; align-items: center; }
.who img { inline-size: 5rem; block-size: 5rem; border-radius: 28%; flex: none; }
.banner { inline-size: 100%; aspect-ratio: 3; object-fit: cover; border-radius: .625rem; margin-block-end: 1rem; display: block; }
.handle, .meta { color: var(--muted); font-size: .875rem; }
.handle { margin: .125rem 0 0; overflow-wrap: anywhere; }
.counts { display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding: 0; margin: .75rem 0 0; list-style: none; color: var(--muted); font-size: .875rem; }
dl.fields { display: grid; grid-template-columns: minmax(6rem, auto) 1fr; margin: 1rem 0; border-block-start: 1px solid var(--line); }
dl.fields > div { display: contents; }
dl.fields dt, dl.fields dd { margin: 0; padding: .5rem .5rem .5rem 0; border-block-end: 1px solid var(--line); overflow-wrap: anywhere; }
dl.fields dt { color: var(--muted); }
.verified { color: var(--tag); }
article { padding-block: 1.25rem; border-block-start: 1px solid var(--line); }
article:first-of-type { border-block-start: 0; }
article > header { display: flex; flex-wrap: wrap; gap: 0 .5rem; align-items: baseline; margin-block-end: .25rem; }
article .name { font-weight: 600; }
article .relation { flex-basis: 100%; font-size: .875rem; }
.relation.boost { color: var(--boost); }
.relation.reply { color: var(--reply); }
.content { font: 1.0625rem/1.5 var(--font-reading); overflow-wrap: anywhere; }
.content p { margin: 0 0 .75rem; }
.content .invisible { display: none; }
.content .ellipsis::after { content: "…"; }
details > summary { cursor: pointer; font-weight: 600; padding-block: .25rem; overflow-wrap: anywhere; }
.media { display: grid; gap: .5rem; padding: 0; margin: .75rem 0 0; list-style: none; }
.media.many { grid-template-columns: 1fr 1fr; }
.media img { display: block; inline-size: 100%; block-size: auto; max-block-size: 30rem; object-fit: contain; background: var(--sunken); border-radius: .625rem; }
.media.many img { aspect-ratio: 4 / 3; object-fit: cover; }
nav { display: flex; gap: 1rem; justify-content: space-between; padding-block-start: 1rem; border-block-start: 1px solid var(--line); }
@media (max-width: 30rem) { dl.fields { grid-template-columns: 1fr; } dl.fields dt { border: 0; padding-block-end: 0; } }
`
