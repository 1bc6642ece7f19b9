//! Each program stands alone, so what several of them need stands in each of them: the
//! same, to the byte.

use std::collections::BTreeMap;
use std::fs;

use socket_tour::stage::programs::workspace;

const SHARED: [&str; 3] = ["console.rs", "endpoint.rs", "text.rs"];

/// What is a step in one chapter is given in another.
fn without_steps(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("// STEP ")).collect()
}

#[test]
fn shared_files_are_the_same_in_every_crate() {
    for file in SHARED {
        let mut versions: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for krate in fs::read_dir(workspace().join("crates")).unwrap() {
            let krate = krate.unwrap();
            if let Ok(text) = fs::read_to_string(krate.path().join("src").join(file)) {
                let text = without_steps(&text);
                let name = krate.file_name().into_string().unwrap();
                versions.entry(text).or_default().push(name);
            }
        }
        let crates: Vec<_> = versions.into_values().collect();
        assert_eq!(crates.len(), 1, "{file} differs: {crates:?}");
        assert!(crates[0].len() > 1, "{file} is in {crates:?} alone");
    }
}
