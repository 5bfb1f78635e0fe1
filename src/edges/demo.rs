//! `/demo/{name}`: small pages of the hub's own, for the self-check of `tabhub up` and for a first try.

use actix_web::{HttpResponse, web};

/// Answers `/demo/{name}`: a page that carries its name in its title, its heading and what its button does.
pub async fn demo(name: web::Path<String>) -> HttpResponse {
    let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).take(40).collect();
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header(("cache-control", "no-store"))
        .insert_header((
            "content-security-policy",
            "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'",
        ))
        .body(PAGE.replace("{name}", &name))
}

const PAGE: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>tabhub demo: {name}</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }
  button, input { font: inherit; padding: .3rem .8rem }
</style>
<h1>Demo page {name}</h1>
<p>This page belongs to {name}. Nobody else should see it.</p>
<p><label>Message <input id="message" placeholder="Say something"></label></p>
<button type="button" id="greet">Greet {name}</button>
<p role="status" id="status">Nobody has greeted {name} yet.</p>
<script>
  let greetings = 0;
  document.getElementById('greet').addEventListener('click', () => {
    greetings += 1;
    const message = document.getElementById('message').value;
    document.getElementById('status').textContent =
      `{name} was greeted ${greetings} time${greetings === 1 ? '' : 's'}${message ? `: ${message}` : '.'}`;
  });
</script>
</html>
"#;
