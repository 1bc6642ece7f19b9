//! Draws a story as a table: readable without a style sheet, by a screen reader, on a
//! phone and on paper. `book/theme/ladder.css` makes lines and arrows of it.

use super::story::{Cell, Row, Wire};
use crate::scene::bytes::hex;

/// How many of the bytes of one call are shown.
const SHOWN: usize = 24;

/// The rows of a story, under the names of its lifelines, of which the last one stands
/// on the right.
pub fn draw(names: &[&str], rows: &[Row]) -> String {
    let heads = names.iter().map(|name| format!("<th scope=\"col\">{name}</th>"));
    let heads = on_both_sides(heads, "<th scope=\"col\">what travels</th>".to_owned());
    let rows = rows.iter().map(|row| {
        let wire = row.wire.as_ref().map_or("<td></td>".to_owned(), draw_wire);
        on_both_sides(row.cells.iter().map(draw_cell), wire) + "\n"
    });
    let rows: String = rows.collect();
    format!("<thead>{heads}</thead>\n<tbody>\n{rows}</tbody>\n")
}

/// A row of the table, with the cell that stands before the last one.
fn on_both_sides(cells: impl Iterator<Item = String>, between: String) -> String {
    let mut cells: Vec<_> = cells.collect();
    cells.insert(cells.len() - 1, between);
    format!("<tr>{}</tr>", cells.concat())
}

/// `recv: returns 6`: the call in code.
fn draw_cell(cell: &Cell) -> String {
    let class = if cell.waits { "line waits" } else { "line" };
    let text = match cell.text.split_once(": ") {
        Some((name, said)) => format!("<code>{name}</code> {}", escape(said)),
        // The guide's own side makes no calls that we saw.
        None if cell.text.is_empty() || cell.text.contains(' ') => cell.text.clone(),
        None => format!("<code>{}</code>", cell.text),
    };
    format!("<td class=\"{class}\">{text}</td>")
}

fn draw_wire(wire: &Wire) -> String {
    let (class, arrow) =
        if wire.to_the_right { ("right", "→") } else { ("left", "←") };
    let what = if wire.note.is_empty() {
        let shown = &wire.bytes[..wire.bytes.len().min(SHOWN)];
        let more = if wire.bytes.len() > SHOWN { " …" } else { "" };
        let (text, hex) = (escape(&seen(shown)), hex(shown));
        format!("<q>{text}{more}</q><code>{hex}{more}</code>")
    } else {
        wire.note.to_owned()
    };
    format!("<td class=\"wire {class}\"><b>{arrow}</b>{what}</td>")
}

/// Bytes as text, with a dot for each that is none, as a hex dump has it.
fn seen(bytes: &[u8]) -> String {
    let visible =
        |one: char| if one.is_control() || one == '\u{fffd}' { '·' } else { one };
    String::from_utf8_lossy(bytes).chars().map(visible).collect()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
