//! The pages that are measured: a table of buttons, and a shop of any size with what real pages have (rules, classes, ids of rows,
//! labelled fields, lists, drawings, hidden text).

use std::fmt::Write;
use std::time::Duration;

use crate::support::site::{Page, Site};

/// Elements of the shop without its cards, and of each card.
const FRAME: usize = 19;
const CARD: usize = 23;

/// `/rows`, `/framed` (the same with frames of another site that nobody sees), `/shop/<elements>`, and `/data`, which takes 200 ms.
pub async fn serve() -> Site {
    Site::serve(|path| match path {
        "/rows" => Page::html(rows(20)),
        "/framed" => Page::html(rows(20) + UNSEEN),
        "/data" => Page::text("the fetched answer").after(Duration::from_millis(200)),
        _ => match path.strip_prefix("/shop/").and_then(|n| n.parse().ok()) {
            Some(elements) => Page::html(shop(elements)),
            None => Page::missing(),
        },
    })
    .await
}

/// As most pages have them: one hidden, one further down. `localhost` and `127.0.0.1` are different sites.
const UNSEEN: &str = r#"<div style="height:3000px"></div><script>
for (const style of ['display:none', '']) {
  const frame = document.createElement('iframe');
  frame.style = style;
  frame.src = `http://localhost:${location.port}/rows`;
  document.body.append(frame);
}</script>"#;

fn rows(count: usize) -> String {
    let rows: String = (0..count)
        .map(|n| {
            format!("<tr><td>Row {n}<td>Some text<td><button onclick=\"this.dataset.n = 1\">Row button {n}</button>")
        })
        .collect();
    format!(
        "<!doctype html><title>Rows</title><h1>Rows</h1><label>Search <input name=q></label><table>{rows}</table>
         <button id=f>Fetch it</button><button id=c>Clear it</button><p id=out></p><script>
         document.getElementById('f').onclick = async () => {{ const a = await fetch('/data', {{ cache: 'no-store' }}); document.getElementById('out').textContent = await a.text(); }};
         document.getElementById('c').onclick = () => {{ document.getElementById('out').textContent = ''; }};</script>"
    )
}

const HEAD: &str = r#"<!doctype html><html lang="en"><head><title>Shop</title><style>
body{font:14px/1.4 sans-serif;margin:0}.top{display:flex;gap:12px;background:#234;color:#fff;padding:8px 16px}.top a{color:#fff}
.grid{display:grid;grid-template-columns:repeat(4,1fr);gap:12px;padding:16px}
.card{border:1px solid #ccc;border-radius:6px;padding:8px;position:relative}.card h3{font-size:15px;margin:0 0 4px}
.card a{color:#036;text-decoration:none}.card .price{font-weight:bold}.hide{display:none}.note{color:#555}
.badge{position:absolute;top:4px;right:4px;background:#c00;color:#fff;border-radius:8px;padding:0 6px}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.buy{background:#06c;color:#fff;border:0;border-radius:4px;padding:4px 8px;cursor:pointer}</style>
<script>function buy(button){button.lastChild.data='In the cart';const li=document.createElement('li');
li.textContent=button.closest('article').querySelector('h3').textContent;cart.append(li);count.textContent=cart.children.length}</script>
</head><body><header class="top"><a href="/">Home</a><nav><ul><li><a href="/new">New</a></li><li><a href="/sale">Sale</a></li></ul></nav>
<label>Search <input name="q"></label><button>Go</button><p>Cart: <b id="count">0</b></p><ul id="cart"></ul></header>
<main><h1>All things</h1><p>There are many of them.</p><div class="grid">"#;

/// A page whose body holds exactly so many elements.
fn shop(elements: usize) -> String {
    let mut page = HEAD.to_owned();
    let cards = (elements - FRAME) / CARD;
    for n in 0..cards {
        let (badge, days) = (if n % 7 == 0 { "sale" } else { "new" }, n % 5 + 1);
        let _ = write!(
            page,
            r#"<article class="card" data-id="{n}"><h3><a href="/thing/{n}" class="name">Thing number {n}</a></h3>
<div class="row"><span class="price">{n},90 €</span><span class="badge">{badge}</span></div>
<p class="note">Made of <em>good</em> wood and <strong>steel</strong>, sent within {days} days.</p>
<ul><li>Weight: {n} kg</li><li>Colour: grey</li></ul><div class="hide"><span>not to be seen</span></div>
<label class="pick"><input type="checkbox" name="c{n}"> Compare</label>
<select name="s{n}" aria-label="Size"><option>small</option><option>large</option></select>
<button class="buy" type="button" onclick="buy(this)"><span class="sr">Thing {n}: </span><svg width="10" height="10" aria-hidden="true"><path d="M0 0h10v10z"/></svg> Buy</button></article>"#
        );
    }
    for _ in FRAME + cards * CARD..elements {
        page += "<hr>";
    }
    page + "</div></main></body></html>"
}
