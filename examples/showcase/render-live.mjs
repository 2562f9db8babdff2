import { html } from 'response-kit'
import { routes } from './routes.mjs'

/** What happens over time: these parts need a script, but for the two links to pages of their own. */
export function renderLive(backField) {
  return html`<section id="live" aria-labelledby="live-title"><h2 id="live-title">Live</h2>
<article id="live-channel" class="live">
  <div class="what">
    <h3>One channel, two windows</h3>
    <p>Each window is an EventSource. Cut the connection of one, publish, and see the event arrive when it is back.</p>
    <form method="post" action="${routes.url('live.publish')}" data-live="publish">
      ${html.raw(backField)}
      <label>Text <input name="text" value="Hello" maxlength="200"></label>
      <button>Publish</button>
    </form>
  </div>
  <div class="windows needs-script">${renderWindow('one')}${renderWindow('two')}</div>
</article>
<article id="live-stream" class="live needs-script">
  <div class="what">
    <h3>A stream as it arrives</h3>
    <p>Each piece leaves when the generator yields it. The time is that of this browser.</p>
    <p><button type="button" data-live="stream">Start the countdown</button></p>
  </div>
  <div class="log" data-log="stream" tabindex="0" aria-label="Pieces" role="log"></div>
</article>
<article id="live-download" class="live needs-script">
  <div class="what">
    <h3>Pause a download, and resume it</h3>
    <p>43 MB that are on no disk. Pause drops the connection. Resume asks for the rest by Range and If-Range.</p>
    <p><button type="button" data-live="download">Start</button> <progress value="0" max="1" aria-label="Downloaded"></progress></p>
  </div>
  <div class="log" data-log="download" tabindex="0" aria-label="Requests" role="log"></div>
</article>
<article id="live-pages" class="live">
  <div class="what">
    <h3>A form with errors, and a signed link</h3>
    <p>Two pages that work without a script.</p>
    <p><a class="open" href="${routes.url('signup.form')}">A form: errors, kept input, flash, back</a></p>
    <p><a class="open" href="${routes.url('links.new')}">A link that is valid for 20 seconds</a></p>
  </div>
</article>
</section>`
}

function renderWindow(name) {
  return html`<div class="window" data-window="${name}">
    <h4>Window ${name} <span class="state" role="status">&nbsp;</span></h4>
    <div class="log" tabindex="0" aria-label="Events in window ${name}" role="log"></div>
    <button type="button">Cut the connection</button>
  </div>`
}
