//! Which names a file may have that comes from a stranger.

/// The longest name, in bytes, that the usual file systems take.
pub const LONGEST: usize = 255;

/// Around the random part of the names of unfinished files (see `incoming.rs`).
pub const UNFINISHED: (&str, &str) = (".file-transfer-", ".part");

// ANCHOR: check
/// The name, if every system can keep a file under it, and keep it in the folder that we
/// choose.
///
/// # Errors
/// Why not, in words.
pub fn check(bytes: &[u8]) -> Result<&str, String> {
    // STEP 4: refuse each name that leads elsewhere or that some system cannot keep
    let name = str::from_utf8(bytes).map_err(|_| "the name is not UTF-8")?;
    if name.len() > LONGEST {
        let length = name.len();
        return Err(format!("the name has {length} bytes, and the limit is {LONGEST}"));
    }
    // `/` leads out of the folder anywhere, `\` and `:` (a drive, or a hidden stream of
    // a file) on Windows. The others Windows has other uses for.
    if let Some(bad) =
        name.chars().find(|c| c.is_control() || r#"/\:*?"<>|"#.contains(*c))
    {
        return Err(format!("`{}` has no place in a name", bad.escape_default()));
    }
    let why = match name {
        "" => "the name is empty",
        "." | ".." => return Err(format!("`{name}` is a folder, not a name")),
        // Windows takes them off, and the name is another one.
        _ if name.ends_with(['.', ' ']) => "the name ends with a dot or a space",
        _ if is_device(name) => "the name is that of a device on Windows",
        _ if is_unfinished(name) => "names like this are for unfinished files",
        _ => return Ok(name),
    };
    Err(why.to_owned())
}

/// `CON` is a device on Windows, in any folder, and so are `con` and `con.txt`.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end();
    let stem = stem.to_ascii_uppercase();
    let numbered = |number: &str| {
        let mut digits = number.chars();
        matches!(
            (digits.next(), digits.next()),
            (Some('0'..='9' | '¹' | '²' | '³'), None)
        )
    };
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$")
        || stem.strip_prefix("COM").is_some_and(numbered)
        || stem.strip_prefix("LPT").is_some_and(numbered)
}
// ANCHOR_END: check

/// Whether a file of this name is one that we have not finished. In any case of letters:
/// to Windows and macOS they are the same.
pub fn is_unfinished(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with(UNFINISHED.0) && name.ends_with(UNFINISHED.1)
}

/// `name (1).ext`, for `name.ext` and 1.
pub fn numbered(name: &str, number: u32) -> String {
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => {
            format!("{stem} ({number}).{extension}")
        }
        _ => format!("{name} ({number})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_every_system_can_keep() {
        let longest = "x".repeat(LONGEST);
        for name in [
            "mashiro.jpg",
            "真白.jpg",
            ".bashrc",
            "..a",
            "a b",
            " a",
            "no extension",
            "console",
            "com",
            "COM10",
            "lpt",
            "nul_",
            "-rf",
            "~",
            ".file-transfer",
            "🦀",
            longest.as_str(),
        ] {
            assert_eq!(check(name.as_bytes()), Ok(name));
        }
    }

    #[test]
    fn refuses_the_rest_and_says_why() {
        let too_long = "x".repeat(LONGEST + 1);
        // 256 bytes, though 128 characters.
        let too_long_in_bytes = "é".repeat(128);
        let cases: [(&[u8], &str); 40] = [
            (b"", "empty"),
            (b".", "folder"),
            (b"..", "folder"),
            (b"/", "`/`"),
            (b"../x", "`/`"),
            (b"/etc/passwd", "`/`"),
            (b"x/", "`/`"),
            (b"a/../b", "`/`"),
            (b"..\\x", "`\\\\`"),
            (b"C:\\x", "`:`"),
            (b"C:x", "`:`"),
            (b"x:stream", "`:`"),
            (b"\\\\host\\x", "`\\\\`"),
            (b"a\0b", "`\\u{0}`"),
            (b"a\nb", "`\\n`"),
            (b"\x1b[2J", "`\\u{1b}`"),
            (b"a\x7f", "`\\u{7f}`"),
            ("a\u{85}".as_bytes(), "`\\u{85}`"),
            (b"what?", "`?`"),
            (b"*", "`*`"),
            (b"a\"b", "`\\\"`"),
            (b"<", "`<`"),
            (b"a|b", "`|`"),
            (b"x.", "dot"),
            (b"x ", "space"),
            (b"...", "dot"),
            (b" ", "space"),
            (b"CON", "device"),
            (b"nul", "device"),
            (b"Aux.txt", "device"),
            (b"nul.tar.gz", "device"),
            (b"con .txt", "device"),
            (b"com1", "device"),
            (b"LPT9.x", "device"),
            ("COM\u{b9}".as_bytes(), "device"),
            (b"conin$", "device"),
            (b".file-transfer-a1b2c3.part", "unfinished"),
            (b".FILE-transfer-.PART", "unfinished"),
            (too_long.as_bytes(), "256 bytes"),
            (too_long_in_bytes.as_bytes(), "256 bytes"),
        ];
        for (name, why) in cases {
            let refusal = check(name).expect_err(&String::from_utf8_lossy(name));
            assert!(refusal.contains(why), "{refusal:?} does not tell {why:?}");
        }
        for name in [&b"\xff"[..], b"a\xc0\x80", b"\xed\xa0\x80"] {
            assert_eq!(check(name), Err("the name is not UTF-8".to_owned()));
        }
    }

    #[test]
    fn numbers_stand_before_the_extension() {
        for (name, expected) in [
            ("mashiro.jpg", "mashiro (1).jpg"),
            ("a.tar.gz", "a.tar (1).gz"),
            ("README", "README (1)"),
            (".bashrc", ".bashrc (1)"),
        ] {
            assert_eq!(numbered(name, 1), expected);
        }
    }
}
