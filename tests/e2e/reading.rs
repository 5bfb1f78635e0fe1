//! Reading without a snapshot: find, get_text, scroll.

use serde_json::{Value, json};

use crate::support::site::Page;
use crate::{Stage, reference, yaml};

fn found(answer: &Value) -> Vec<(String, String)> {
    let of = |find: &Value| (find["ref"].as_str().unwrap().to_owned(), find["lines"].as_str().unwrap().to_owned());
    answer["value"]["found"].as_array().unwrap().iter().map(of).collect()
}

#[tokio::test]
async fn what_is_looked_for_is_found_on_a_large_page_with_what_it_stands_in_and_can_be_acted_on() {
    let stage = Stage::with_page(
        "<title>Shop</title><h1>Goods</h1><ul id=list></ul><p>Total <b>42</b> EUR</p><div style='position:absolute;left:-9999px'>secret order</div>
         <iframe srcdoc='<button>Framed goods</button>'></iframe><script>
         for (let i = 0; i < 3000; i++) { const li = document.createElement('li'); li.innerHTML = `<span>Item ${i}</span><button onclick=\"this.textContent='Bought ${i}'\">Buy</button>`; list.append(li); }
         </script>",
    )
    .await;
    stage.open("/").await;
    let answer = stage.call("browser_find", json!({ "text": "item 2999" })).await;
    let items = found(&answer);
    assert_eq!((items.len(), &answer["value"]["total"]), (1, &json!(1)), "{answer}");
    assert!(items[0].1.contains("listitem") && items[0].1.contains("button \"Buy\""), "{answer}");
    let clicked = stage.call("browser_click", json!({ "ref": reference(&items[0].1, "button \"Buy\"") })).await;
    assert!(yaml(&clicked).contains("Bought 2999"), "{clicked}");
    let answer = stage.call("browser_find", json!({ "role": "button", "name": "buy", "limit": 3 })).await;
    assert_eq!((found(&answer).len(), &answer["value"]["total"]), (3, &json!(2999)), "{answer}");
    let answer = stage.call("browser_find", json!({ "regex": "total \\d+ eur" })).await;
    assert!(found(&answer)[0].1.contains("42"), "text in several elements is one text: {answer}");
    let framed = found(&stage.call("browser_find", json!({ "role": "button", "text": "framed" })).await);
    assert!(framed[0].0.starts_with('f'), "{framed:?}");
    stage.call("browser_click", json!({ "ref": framed[0].0 })).await;
    assert_eq!(found(&stage.call("browser_find", json!({ "text": "secret order" })).await), []);
    let error = stage.client.call("browser_find", json!({ "regex": "(" })).await.unwrap_err();
    assert_eq!(error.code.word(), "invalid_params");
}

#[tokio::test]
async fn finding_is_no_look_what_changed_before_it_is_still_told() {
    let stage = Stage::with_page("<title>T</title><p id=p>old</p><button onclick=\"void 0\">Nothing</button>").await;
    let page = stage.open("/").await;
    stage
        .client
        .call("browser_evaluate", json!({ "function": "() => setTimeout(() => { p.textContent = 'new' }, 300)" }))
        .await
        .unwrap();
    stage.call("browser_wait_for", json!({ "time": 0.1 })).await;
    crate::support::eventually("the text changed", || async {
        !found(&stage.call("browser_find", json!({ "text": "new" })).await).is_empty()
    })
    .await;
    let clicked = stage.call("browser_click", json!({ "ref": reference(&page, "Nothing") })).await;
    assert!(yaml(&clicked).contains("new"), "{clicked}");
}

const ARTICLE: &str = "<!doctype html><title>Article</title><style>.gone{display:none}</style><h1>The <em>news</em></h1>
<p>First   line<br>second <a href='/next?a=1'>link</a>.</p><ul><li>one<li>two<ul><li>inner</ul></ul>
<table><tr><th>Name<th>Price<tr><td>Tea<td>3</table><pre><code class='language-js'>let a = 1;
  b();</code></pre><p class=gone>hidden words</p><div style='position:absolute;left:-9999px;width:100px'>orders off the page</div>
<p style='opacity:0'>faint orders</p><x-note></x-note><input value='typed text'><input type=password value=hunter2>
<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw=' alt='a dot' width=9 height=9><iframe srcdoc='<p>words in a frame</p>'></iframe><p id=end>The end.</p>
<script>customElements.define('x-note', class extends HTMLElement { constructor() { super(); this.attachShadow({ mode: 'closed' }).innerHTML = '<p>shadow words</p>'; } });
Array.prototype.map = () => []; Element.prototype.cloneNode = () => null; document.createElement = () => null;</script>";

#[tokio::test]
async fn a_page_is_read_as_text_markdown_or_html_without_what_no_person_sees() {
    let stage = Stage::with_page(ARTICLE).await;
    stage.open("/").await;
    let read = async |format: &str| {
        let answer = stage.call("browser_get_text", json!({ "format": format })).await;
        assert_eq!(answer["value"]["format"], format);
        answer["value"]["content"].as_str().unwrap().to_owned()
    };
    let text = read("text").await;
    for part in [
        "The news\n",
        "First line\nsecond link.",
        "- one\n- two\n- inner\n",
        "Name\tPrice\nTea\t3",
        "let a = 1;\n  b();",
        "shadow words",
        "typed text",
        "words in a frame",
    ] {
        assert!(text.contains(part), "{part:?} in\n{text}");
    }
    let markdown = read("markdown").await;
    let link = format!("[link]({})", stage.site.url("/next?a=1"));
    for part in [
        "# The _news_",
        link.as_str(),
        "-   one",
        "| Name | Price |",
        "```js\nlet a = 1;\n  b();\n```",
        "shadow words",
        "words in a frame",
        "The end.",
    ] {
        assert!(markdown.contains(part), "{part:?} in\n{markdown}");
    }
    let html = read("html").await;
    for part in ["<h1>The <em>news</em></h1>", "id=\"end\"", "<td>Tea</td>", "shadow words"] {
        assert!(html.contains(part), "{part:?} in\n{html}");
    }
    for whole in [text, markdown, html] {
        for secret in ["hidden words", "orders", "hunter2", "<script", "customElements"] {
            assert!(!whole.contains(secret), "{secret:?} in\n{whole}");
        }
        assert!(whole.find("words in a frame") < whole.find("The end"), "{whole}");
    }
    let one = stage.call("browser_get_text", json!({ "ref": "#end" })).await;
    assert_eq!(one["value"]["content"], "The end.");
}

#[tokio::test]
async fn a_long_text_comes_in_pieces_that_make_the_whole() {
    let stage = Stage::with_page("<title>Long</title><script>for (let i = 0; i < 2000; i++) document.write(`<p>Paragraph number ${i} of many.</p>`)</script>").await;
    stage.open("/").await;
    let whole = stage.call("browser_get_text", json!({ "maxChars": 1_000_000 })).await["value"]["content"].clone();
    let mut pieces = Vec::new();
    let mut params = json!({});
    loop {
        let answer = stage.call("browser_get_text", params).await;
        let piece = answer["value"]["content"].as_str().unwrap().to_owned();
        assert!(piece.len() <= 12_000);
        pieces.push(piece);
        if answer["value"]["cursor"].is_null() {
            break;
        }
        params = json!({ "cursor": answer["value"]["cursor"] });
    }
    assert!(pieces.len() > 3, "{}", pieces.len());
    assert_eq!(pieces.join("\n\n"), whole.as_str().unwrap());
    let error = stage.client.call("browser_get_text", json!({ "cursor": "nonsense" })).await.unwrap_err();
    assert_eq!(error.code.word(), "invalid_params");
}

#[tokio::test]
async fn scrolling_moves_the_page_or_a_part_of_it_and_waits_for_what_that_loads() {
    let stage = Stage::with_site(|path| match path {
        "/more" => Page::text("more").after(std::time::Duration::from_millis(150)),
        "/app" => Page::html(
            "<!doctype html><title>App</title><style>body{margin:0;height:100vh;overflow:hidden}</style><div id=pane style='height:100%;overflow:auto'><div style='height:5000px'>tall</div><p>inner end</p></div>",
        ),
        _ => Page::html(
            "<!doctype html><title>Feed</title><div id=feed></div><div id=sentinel>…</div><script>
             let n = 0; const add = () => { for (let i = 0; i < 30; i++) { const p = document.createElement('p'); p.style.height = '100px'; p.textContent = 'Post ' + n++; feed.append(p); } };
             add(); new IntersectionObserver(async ([entry]) => { if (!entry.isIntersecting) return; await (await fetch('/more')).text(); add(); }).observe(sentinel);
             </script>",
        ),
    })
    .await;
    stage.open("/").await;
    let answer = stage.call("browser_scroll", json!({ "to": "bottom" })).await;
    assert!(yaml(&answer).contains("Post 59"), "what the end of the page loads is told: {answer}");
    assert!(answer["text"].as_str().unwrap().contains("px are left below"), "{answer}");
    stage.call("browser_scroll", json!({ "direction": "up", "amount": 500 })).await;
    let up = stage.evaluate("() => scrollY").await.as_f64().unwrap();
    stage.call("browser_scroll", json!({})).await;
    let down = stage.evaluate("() => [scrollY, innerHeight]").await;
    assert!((down[0].as_f64().unwrap() - up - 0.9 * down[1].as_f64().unwrap()).abs() < 2.0, "{up} {down}");
    stage.call("browser_scroll", json!({ "ref": "p:first-child" })).await;
    assert!(stage.evaluate("() => scrollY < 300").await.as_bool().unwrap());

    stage.open("/app").await;
    let answer = stage.call("browser_scroll", json!({ "direction": "down", "amount": 700 })).await;
    assert_eq!(stage.evaluate("() => pane.scrollTop").await, 700, "the part that scrolls is found: {answer}");
    let answer = stage.call("browser_scroll", json!({ "to": "bottom", "ref": "#pane p" })).await;
    assert!(answer["text"].as_str().unwrap().contains("at its end"), "{answer}");
    let answer = stage.call("browser_scroll", json!({ "to": "bottom" })).await;
    assert!(answer["text"].as_str().unwrap().contains("was there already"), "{answer}");
}
