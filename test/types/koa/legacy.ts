import Koa from 'koa'

// A file of an app that knows nothing of the kit. `legacy-code.test.ts` lints it too.
const app = new Koa()

app.use(async (ctx, next) => {
  await next()
  ctx.set('X-Time', '1')
})
app.use((ctx) => {
  ctx.status = 200
  ctx.type = 'html'
  ctx.cookies.set('a', 'b')
  ctx.body = ctx.get('Accept')
})
app.use((ctx) => {
  ctx.attachment('a.pdf')
  ctx.redirect('/')
})
app.listen(3000)
