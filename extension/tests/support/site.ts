// Small pages for the tests in a real browser, served from memory.

import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { addressOf } from './hub.ts';

const HTML = { 'content-type': 'text/html; charset=utf-8' };

const page = (title: string, body: string): string =>
  `<!doctype html><html lang="en"><head><title>${title}</title></head><body>${body}</body></html>`;

const rows = Array.from({ length: 20 }, (_, i) => `<tr><td>Row ${i}</td><td><button id="r${i}" onclick="this.textContent='done ${i} '+(++n)">Do ${i}</button></td></tr>`).join('');

const PAGES: Record<string, string> = {
  '/': page('Home', '<h1>Home</h1><a href="/second">Second</a> <a href="/second" target="_blank">In a new tab</a>'),
  '/second': page('Second', '<h1>Second page</h1><p>Hello from the second page.</p>'),
  '/rows': page('Rows', `<script>let n=0</script><table>${rows}</table><button id="nothing">Nothing</button>`),
  '/fetch': page(
    'Fetch',
    `<button id="now" onclick="go()">Now</button><button id="micro" onclick="Promise.resolve().then(go)">Micro</button>
     <button id="zero" onclick="setTimeout(go,0)">Zero</button>
     <button id="frame" onclick="requestAnimationFrame(go)">Frame</button><button id="twice" onclick="fetch('/slow?ms=50').then(go)">Twice</button>
     <button id="quick" onclick="go(0)">Quick</button><button id="write" onclick="out.textContent='written first';requestAnimationFrame(()=>fetch('/slow?ms=2000'))">Write</button><button id="nothing">Nothing</button><button id="stream" onclick="new EventSource('/events');go()">Stream</button>
     <button id="hang" onclick="fetch('/never')">Hang</button><p id="out"></p>
     <script>let k=0;async function go(ms){const r=await fetch('/slow?ms='+(ms===0?0:200));out.textContent='answer '+(++k)+' '+await r.text()}</script>`,
  ),
  '/leave': page(
    'Leave',
    `<script>const go=()=>{location.href='/second'}</script><button id="now" onclick="go()">Now</button><button id="zero" onclick="setTimeout(go,0)">Zero</button>
     <button id="frame" onclick="requestAnimationFrame(go)">Frame</button><a id="link" href="/second">Link</a>`,
  ),
  '/form': page(
    'Form',
    `<form action="/second"><label>Name <input id="name" value="old"></label><label>Day <input id="day" type="date"></label>
     <label>Colour <select id="colour" onchange="picked.textContent='picked '+this.value"><option value="r">Red</option><option value="g">Green</option></select></label>
     <label>Notes <textarea id="notes"></textarea></label><input id="file" type="file"></form><p id="picked"></p>
     <div id="hover" style="width:120px" onmouseenter="this.textContent='hovered'">Hover me</div>
     <p id="keys"></p><script>document.addEventListener('keydown',e=>keys.textContent+=' '+e.key+'/'+e.code+(e.ctrlKey?'^':''))</script>`,
  ),
  '/dialogs': page(
    'Dialogs',
    `<button id="alert" onclick="alert('careful');after.textContent='after the alert'">Alert</button>
     <button id="confirm" onclick="after.textContent='confirmed '+confirm('sure?')">Confirm</button>
     <button id="prompt" onclick="after.textContent='said '+prompt('who?','me')">Prompt</button>
     <button id="leave" onclick="onbeforeunload=e=>{e.preventDefault();return 'x'}">Guard</button><p id="after"></p>`,
  ),
  '/console': page('Console', `<script>console.log('plain',1,{a:2});console.warn('beware');console.error('bad');fetch('/missing');setTimeout(()=>{throw new Error('boom')})</script>`),
  '/onload-alert': page('Alerting', `<script>alert('hi at once')</script><p>Shown later</p>`),
  '/redirect': page('Redirect', `<script>location.replace('/second')</script>`),
  '/late': page('Late', `<p id="t">not yet</p>`),
  '/tall': page('Tall', `<div style="height:5000px;background:linear-gradient(red,blue)">tall</div><button id="bottom" onclick="this.textContent='reached'">Bottom</button>`),
  '/popup': page('Opener', `<button id="open" onclick="window.open('/second')">Open</button>`),
};

export class Site {
  origin = '';
  /** The same pages, as another site. */
  other = '';
  hits = new Map<string, number>();
  /** Pages of a test's own, by path; what stands for {other} is the same server as another site. */
  readonly pages = new Map<string, string>();
  /** Headers that go with all of them. */
  headers: Record<string, string> = {};
  #server: Server | undefined;

  async start(): Promise<void> {
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://x');
      this.hits.set(url.pathname, (this.hits.get(url.pathname) ?? 0) + 1);
      const found = PAGES[url.pathname];
      const own = this.pages.get(url.pathname);
      if (own !== undefined) response.writeHead(200, { ...HTML, ...this.headers }).end(own.replaceAll('{other}', this.other));
      else if (found !== undefined) response.writeHead(200, HTML).end(found);
      else if (url.pathname.startsWith('/pages/')) response.writeHead(200, HTML).end(readFileSync(new URL(`..${url.pathname}.html`, import.meta.url), 'utf8').replaceAll('{other}', this.other));
      else if (url.pathname === '/slow') setTimeout(() => response.writeHead(200).end('slow'), Number(url.searchParams.get('ms')));
      else if (url.pathname === '/worker.js') response.writeHead(200, { 'content-type': 'text/javascript' }).end('self.postMessage?.(1)');
      else if (url.pathname === '/broken-file') {
        response.writeHead(200, { 'content-disposition': 'attachment; filename="b.txt"', 'content-type': 'text/plain', 'content-length': '10000' }).write('x');
        setTimeout(() => response.destroy(), 300);
      } else if (url.pathname === '/loop') response.writeHead(302, { location: '/loop' }).end();
      else if (url.pathname === '/empty') response.writeHead(404, HTML).end();
      else if (url.pathname === '/never') return;
      else if (url.pathname === '/never-done') response.writeHead(200, HTML).write(page('Half', '<p>half a page</p><img src="/never">').slice(0, -7));
      else if (url.pathname === '/events') response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
      else if (url.pathname === '/auth') response.writeHead(401, { ...HTML, 'www-authenticate': 'Basic realm="x"' }).end(page('Auth', 'who are you?'));
      else if (url.pathname === '/file') response.writeHead(200, { 'content-disposition': 'attachment; filename="a.txt"', 'content-type': 'text/plain' }).end('file');
      else if (url.pathname === '/frames') response.writeHead(200, HTML).end(page('Frames', `<h1>Outer</h1><iframe src="${this.other}/rows" width="400" height="300"></iframe><iframe src="${this.other}/form" width="400" height="300"></iframe>`));
      else if (url.pathname === '/count') response.writeHead(200).end(String(this.hits.get('/count')));
      else response.writeHead(404, HTML).end(page('Missing', 'nothing here'));
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = addressOf(server);
    this.origin = `http://127.0.0.1:${port}`;
    this.other = `http://localhost:${port}`;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }
}
