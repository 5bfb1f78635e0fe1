//! Rows of data out of tables, runs of like items, definition lists and forms.

use serde_json::json;

use crate::Stage;

const SHOP: &str = "<!doctype html><title>Shop</title>
<nav><ul><li><a href=/a>Home</a><li><a href=/b>Help</a></ul></nav>
<table><caption>Stock</caption><thead><tr><th>Product name<th>Unit price<th>In stock<th>Link</thead>
<tbody><tr><td>Tea<td>1.299,00 €<td>yes<td><a href=/tea>open</a><tr><td>Coffee <b>strong</b><td>$2,50<td>no<td><a href=/coffee>open</a><tr style='display:none'><td>Ghost<td>1<td>yes<td></table>
<div class=cards><article class=card><h3 class=card-title>Kettle</h3><span class=price>49.90</span><span class=rating>4 stars</span><img class=photo src=/k.png alt=''><a href=/kettle>More</a></article>
<article class=card><h3 class=card-title>Cup</h3><span class=price>5</span><a href=/cup>More</a></article></div>
<dl><dt>Seller<dd>Ada Ltd<dt>Opening hours<dd>9 to 5</dl>
<form id=f><label>Your name <input value=Grace></label><label><input type=checkbox checked> Newsletter</label><label>Password <input type=password value=hunter2></label></form>";

#[tokio::test]
async fn rows_come_from_what_fits_best_in_the_types_of_the_schema() {
    let stage = Stage::with_page(SHOP).await;
    stage.open("/").await;
    let extract = async |params| stage.call("browser_extract", params).await;
    let row = json!({ "type": "object", "required": ["name", "price"], "properties": {
        "name": { "type": "string" }, "price": { "type": "number" }, "inStock": { "type": "boolean" }, "url": { "type": "string", "format": "uri" },
    } });
    let answer = extract(json!({ "schema": { "type": "array", "items": row } })).await;
    let expected = json!([
        { "name": "Tea", "price": 1299, "inStock": true, "url": stage.site.url("/tea") },
        { "name": "Coffee strong", "price": 2.5, "inStock": false, "url": stage.site.url("/coffee") },
    ]);
    assert_eq!(answer["value"], expected, "{answer}");
    assert!(answer["text"].as_str().unwrap().contains("Stock"), "{answer}");

    let cards = json!({ "type": "object", "properties": { "goods": { "type": "array", "items": { "type": "object", "properties": {
        "title": {}, "price": { "type": "number" }, "rating": { "type": "integer" }, "link": { "format": "uri" },
    } } } } });
    let answer = extract(json!({ "schema": cards })).await;
    let expected = json!({ "goods": [
        { "title": "Kettle", "price": 49.9, "rating": 4, "link": stage.site.url("/kettle") },
        { "title": "Cup", "price": 5, "rating": null, "link": stage.site.url("/cup") },
    ] });
    assert_eq!(answer["value"], expected, "{answer}");

    let answer = extract(json!({ "fields": ["seller", "hours"] })).await;
    assert_eq!(answer["value"], json!([{ "seller": "Ada Ltd", "hours": "9 to 5" }]), "{answer}");
    let form = json!({ "type": "object", "properties": { "yourName": {}, "newsletter": { "type": "boolean" }, "password": {} } });
    let answer = extract(json!({ "schema": form, "ref": "#f" })).await;
    assert_eq!(answer["value"], json!({ "yourName": "Grace", "newsletter": true, "password": "••••" }), "{answer}");
    let answer = extract(json!({})).await;
    assert_eq!(answer["value"][0]["Product name"], "Tea", "without a wish it is the page's own words: {answer}");
}

#[tokio::test]
async fn what_is_not_there_is_said_and_nothing_is_made_up() {
    let stage = Stage::with_page(SHOP).await;
    stage.open("/").await;
    let answer = stage.call("browser_extract", json!({ "fields": ["product name", "colour"] })).await;
    assert_eq!(answer["value"][0]["colour"], json!(null));
    assert!(answer["notes"].to_string().contains("colour"), "{answer}");
    let error = stage.client.call("browser_extract", json!({ "fields": ["zebra", "quark"] })).await.unwrap_err();
    assert_eq!(error.code.word(), "tool_failed");
    assert!(error.message.contains("zebra"), "{error}");
    let error = stage.client.call("browser_extract", json!({ "schema": { "type": "string" } })).await.unwrap_err();
    assert_eq!(error.code.word(), "invalid_params");
}
