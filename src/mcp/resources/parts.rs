//! Long resources in parts: as much of a list as fits, and where the next part begins.

use serde_json::Value;

use crate::mcp::arguments::invalid;
use crate::protocol::HubError;

/// About how many characters one part has in each of its forms: hosts put what they read before a model as a whole.
pub const PART_CHARS: usize = 24_000;

/// Keeps of a list what belongs into the part that begins at `cursor`, and says where the next one begins. One item is
/// always taken, however long it is.
///
/// # Errors
/// `invalid_params`, when the cursor is none of a list's.
pub fn part_of(items: &mut Vec<Value>, cursor: Option<&str>) -> Result<Option<String>, HubError> {
    let start = read(cursor)?.unwrap_or(0);
    let end = start.saturating_add(fitting(items.iter().skip(start)));
    let next = (end < items.len()).then(|| end.to_string());
    items.truncate(end);
    items.drain(..start.min(items.len()));
    Ok(next)
}

/// The same for a record that grows at its end: the first part is the newest, and a cursor names the item before which
/// the next one ends. `gone` items before the first have been dropped, so that a cursor means the same items while
/// others come and go.
///
/// # Errors
/// `invalid_params`, when the cursor is none of a record's.
pub fn newest_of(items: &mut Vec<Value>, gone: usize, cursor: Option<&str>) -> Result<Option<String>, HubError> {
    let end = read(cursor)?.map_or(items.len(), |end| end.saturating_sub(gone).min(items.len()));
    items.truncate(end);
    let start = end - fitting(items.iter().rev());
    items.drain(..start);
    Ok((start > 0).then(|| (gone + start).to_string()))
}

/// How many of these make one part.
fn fitting<'a>(items: impl Iterator<Item = &'a Value>) -> usize {
    let mut used = 0;
    let fits = |item: &&Value| {
        let is_first = used == 0;
        used += item.to_string().chars().count().max(1);
        is_first || used <= PART_CHARS
    };
    items.take_while(fits).count()
}

fn read(cursor: Option<&str>) -> Result<Option<usize>, HubError> {
    let Some(cursor) = cursor else { return Ok(None) };
    let strange = |_| {
        let shown: String = cursor.chars().take(60).collect();
        invalid(format!("{shown:?} is no cursor of this resource."))
            .with_next("Read the next part at the address that the part before it told, or read without a cursor.")
    };
    cursor.parse().map(Some).map_err(strange)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Cut = fn(&mut Vec<Value>, Option<&str>) -> Result<Option<String>, HubError>;

    /// All parts, in the order in which they are read.
    fn parts(items: &[Value], cut: Cut) -> Vec<Vec<Value>> {
        let (mut parts, mut cursor) = (Vec::new(), None);
        loop {
            let mut part = items.to_vec();
            let next = cut(&mut part, cursor.as_deref()).expect("a part");
            parts.push(part);
            match next {
                Some(next) => cursor = Some(next),
                None => return parts,
            }
        }
    }

    #[test]
    fn the_parts_are_the_whole_and_each_of_them_fits() {
        let items: Vec<Value> = (0..100).map(|n| format!("{n:998}").into()).collect();
        let forth = parts(&items, part_of);
        assert_eq!(forth.concat(), items);
        assert_eq!(forth.iter().map(Vec::len).collect::<Vec<_>>(), [24, 24, 24, 24, 4]);
        let mut back = parts(&items, |items, cursor| newest_of(items, 0, cursor));
        assert_eq!(back.iter().map(Vec::len).collect::<Vec<_>>(), [24, 24, 24, 24, 4]);
        back.reverse();
        assert_eq!(back.concat(), items);
        assert_eq!(parts(&[], part_of).concat().len(), 0);
    }

    #[test]
    fn an_item_that_is_longer_than_a_part_comes_alone() {
        let long = Value::from("x".repeat(2 * PART_CHARS));
        let items = [1.into(), long.clone(), 2.into(), long.clone(), long];
        assert_eq!(parts(&items, part_of).len(), 5);
        assert_eq!(parts(&items, |items, cursor| newest_of(items, 0, cursor)).len(), 5);
    }

    #[test]
    fn a_cursor_of_a_record_means_the_same_items_while_it_grows_and_drops_its_oldest() {
        let items: Vec<Value> = (0..50).map(|n| format!("{n:998}").into()).collect();
        let mut newest = items.clone();
        let next = newest_of(&mut newest, 0, None).expect("a part").expect("more");
        let mut later = items[10..].to_vec();
        later.push("one more".into());
        newest_of(&mut later, 10, Some(&next)).expect("a part");
        assert_eq!(later, items[10..26], "what comes before the first part, as far as it is still there");
    }

    #[test]
    fn a_cursor_past_the_end_is_an_empty_part_and_a_strange_one_is_told() {
        let mut items = vec![Value::from(1)];
        assert_eq!(part_of(&mut items, Some("9")).expect("a part"), None);
        assert!(items.is_empty());
        assert!(part_of(&mut items, Some("a.b")).is_err_and(|error| error.message.contains("a.b")));
    }
}
