// The site is made of the pages as they lie in the project, so that each link that works on a forge works here.
import { readFileSync } from 'node:fs'
import { defineConfig } from 'vitepress'

process.env.VITE_EXTRA_EXTENSIONS = 'lua' // a link to a script is none to a page

// sidebar is what docs/README.md lists: a heading for each group, a link for each page.
function sidebar() {
  const groups = []
  for (const line of readFileSync(new URL('../../docs/README.md', import.meta.url), 'utf8').split('\n')) {
    if (line.startsWith('## ')) {
      groups.push({ text: line.slice(3), items: [] })
    }
    for (const [, text, page] of line.startsWith('| [') ? line.matchAll(/\[([^\]]+)\]\(([\w./-]+)\.md\)/g) : []) {
      groups.at(-1).items.push({ text, link: new URL(page.replace(/README$/, ''), 'file:///docs/').pathname })
    }
  }
  return groups
}

// slug names headings as forges do, and as test/docs/links_test.go expects.
const slug = (heading) => heading.trim().toLowerCase().replace(/[^\p{L}\p{N}_ -]/gu, '').replaceAll(' ', '-')

// An element is one of these; a text such as "Name" <number> is none.
const element = /^<(\/?(details|summary|br)\b|!--)/

export default defineConfig({
  title: 'goagi',
  description: 'Lua call flows for Asterisk',
  base: process.env.SITE_BASE ?? '/',
  srcDir: 'pages',
  outDir: '../dist/site',
  cacheDir: 'cache',
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  markdown: {
    anchor: { slugify: slug },
    headers: { slugify: slug },
    config(md) {
      const normalize = md.normalizeLink
      md.normalizeLink = (url) => normalize(url.replace(/\bREADME\.md\b/, 'index.md')) // as build names them
      md.renderer.rules.html_inline = (tokens, i) =>
        element.test(tokens[i].content) ? tokens[i].content : md.utils.escapeHtml(tokens[i].content)
    },
  },
  themeConfig: {
    search: { provider: 'local' },
    nav: [
      { text: 'Documentation', link: '/docs/' },
      { text: 'Cookbook', link: '/docs/cookbook' },
      { text: 'Reference', link: '/docs/agi' },
    ],
    sidebar: sidebar(),
    outline: [2, 3],
  },
})
