//! Draws an address as what it is: one number, in four bytes.

use crate::failure::{Failure, Played};

/// The picture of the address that `transcript` tells about.
///
/// # Errors
/// When it tells about none.
pub fn draw(transcript: &str) -> Played<String> {
    let find = |name: &str| {
        transcript.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    };
    let told = transcript.lines().nth(1).zip(find("packed form")).zip(find("integer"));
    let ((address, packed), integer) =
        told.ok_or_else(|| Failure::new("no address was told about"))?;

    let decimal: Vec<_> = address.split('.').collect();
    let hex: Vec<_> =
        (0..packed.len()).step_by(2).map(|at| &packed[at..at + 2]).collect();
    let byte = |hex: &str| u8::from_str_radix(hex, 16).unwrap_or_default();
    let bits: Vec<_> = hex.iter().map(|hex| format!("{:08b}", byte(hex))).collect();
    let weights = ["× 16,777,216", "× 65,536", "× 256", "× 1"];
    let rows = [
        ("as text", row(&decimal)),
        ("in hexadecimal", row(&hex)),
        ("bits", row(&bits)),
        ("worth", row(&weights)),
    ];
    let rows: String = rows
        .iter()
        .map(|(title, cells)| {
            format!("<tr><th scope=\"row\">{title}</th>{cells}</tr>\n")
        })
        .collect();
    Ok(format!(
        "<figure class=\"bits\">\n<table>\n<caption>One address, four bytes, one \
         number</caption>\n<tbody>\n{rows}<tr><th scope=\"row\">together</th>\
         <td colspan=\"4\"><code>{integer}</code></td></tr>\n</tbody>\n</table>\n\
         <figcaption>Drawn from a run of the scene <code>address</code> (<code>cargo run -- \
         draw ipaddress-demo</code>).</figcaption>\n</figure>\n"
    ))
}

fn row(cells: &[impl AsRef<str>]) -> String {
    let cells =
        cells.iter().map(|cell| format!("<td><code>{}</code></td>", cell.as_ref()));
    cells.collect()
}
