//! Draws an address as what it is: one number, in four bytes.

use crate::failure::{Failure, Played};

/// The address whose number `transcript` tells, as a table.
///
/// # Errors
/// When it tells none.
pub fn draw(transcript: &str) -> Played<String> {
    let told = |line: &str| line.strip_prefix("integer: ")?.parse().ok();
    let number: Option<u32> = transcript.lines().find_map(told);
    let number = number.ok_or_else(|| Failure::new("no address was told about"))?;

    let bytes = number.to_be_bytes();
    let weights = ["× 16,777,216", "× 65,536", "× 256", "× 1"];
    let rows = [
        row("as text", bytes.map(|byte| byte.to_string())),
        row("in hexadecimal", bytes.map(|byte| format!("{byte:02x}"))),
        row("bits", bytes.map(|byte| format!("{byte:08b}"))),
        row("worth", weights.map(str::to_owned)),
    ];
    Ok(format!(
        "<tbody>\n{}<tr><th scope=\"row\">together</th><td colspan=\"4\"><code>{number}\
         </code></td></tr>\n</tbody>\n",
        rows.concat()
    ))
}

fn row(title: &str, cells: [String; 4]) -> String {
    let cells = cells.map(|cell| format!("<td><code>{cell}</code></td>")).concat();
    format!("<tr><th scope=\"row\">{title}</th>{cells}</tr>\n")
}
