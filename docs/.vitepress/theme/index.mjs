import { withBase } from 'vitepress'
import DefaultTheme from 'vitepress/theme'
import { h } from 'vue'
import './style.css'

export default {
  extends: DefaultTheme,
  Layout: () => h(DefaultTheme.Layout, null, { 'not-found': showNotFound }),
}

/** What the theme shows for a missing page is not in a `main`. */
function showNotFound() {
  const start = h('a', { href: withBase('/') }, 'Go to the start of the docs')
  return h('main', { class: 'vp-doc not-found' }, [h('h1', 'There is no such page'), h('p', start)])
}
