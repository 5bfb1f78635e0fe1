//! What a release must not have. `scripts/test` looks for the same word in a binary without the tests' feature.

use crate::home::TABHUB;

#[test]
fn the_binary_of_the_tests_has_the_fault_points_that_a_release_must_not_have() {
    let binary = std::fs::read(TABHUB).unwrap();
    let word = tabhub::supervise::fault::ENV.as_bytes();
    assert!(
        binary.windows(word.len()).any(|bytes| bytes == word),
        "the look for fault points would find none anywhere"
    );
    let script = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/test")).unwrap();
    assert!(
        script.contains(&format!("grep -q {} ", tabhub::supervise::fault::ENV)),
        "scripts/test looks for this word"
    );
}
