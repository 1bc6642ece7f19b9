//! Draws a story as a table: readable without a style sheet, by a screen reader, on a
//! phone and on paper. `book/theme/ladder.css` makes lines and arrows of it.

use super::Picture;
use super::story::{Cell, Row, Wire};

/// How many of the bytes of one call are shown.
const SHOWN: usize = 24;

/// The picture of a story, of whose lifelines the first `servers` stand on the left. No
/// line of it is empty: that would end it, in Markdown.
pub fn draw(
    picture: &Picture,
    names: &[String],
    servers: usize,
    rows: &[Row],
) -> String {
    let Picture { chapter, scene, about, without, .. } = picture;
    let heads = names.iter().map(|name| format!("<th scope=\"col\">{name}</th>"));
    let mut heads: Vec<_> = heads.collect();
    heads.insert(servers, "<th scope=\"col\">what travels</th>".to_owned());
    let waits = rows.iter().flat_map(|row| &row.cells).any(|cell| cell.waits);
    let key = if waits { "A hatched line: blocked. " } else { "" };
    let rows: String = rows.iter().map(|row| draw_row(row, servers)).collect();
    format!(
        "<figure class=\"ladder\">\n<table>\n<caption>{about}</caption>\n\
         <thead><tr>{}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n\
         <figcaption>Drawn from a run of the scene <code>{scene}</code> on Linux \
         (<code>cargo run -- draw {chapter}</code>). {key}\
         Left out: {without}.</figcaption>\n</figure>\n",
        heads.concat()
    )
}

fn draw_row(row: &Row, servers: usize) -> String {
    let mut cells: Vec<_> = row.cells.iter().map(draw_cell).collect();
    cells.insert(servers, row.wire.as_ref().map_or("<td></td>".to_owned(), draw_wire));
    format!("<tr>{}</tr>\n", cells.concat())
}

/// `recv: returns 6`: the call in code.
fn draw_cell(cell: &Cell) -> String {
    let class = match (cell.text.is_empty(), cell.waits) {
        (_, true) => " class=\"line waits\"",
        (_, false) => " class=\"line\"",
    };
    let text = match cell.text.split_once(": ") {
        _ if cell.text.is_empty() => String::new(),
        Some((name, said)) => format!("<code>{name}</code> {}", escape(said)),
        // The guide's own side makes no calls that we saw.
        None if cell.text.contains(' ') => escape(&cell.text),
        None => format!("<code>{}</code>", cell.text),
    };
    format!("<td{class}>{text}</td>")
}

fn draw_wire(wire: &Wire) -> String {
    let (class, arrow) =
        if wire.to_the_right { ("right", "→") } else { ("left", "←") };
    let what = if wire.note.is_empty() {
        let shown = &wire.bytes[..wire.bytes.len().min(SHOWN)];
        let more = if wire.length > shown.len() { " …" } else { "" };
        let hex: Vec<_> = shown.iter().map(|byte| format!("{byte:02x}")).collect();
        let text = escape(&seen(shown));
        format!("<q>{text}{more}</q><code>{}{more}</code>", hex.join(" "))
    } else {
        wire.note.to_owned()
    };
    format!("<td class=\"wire {class}\"><b>{arrow}</b>{what}</td>")
}

/// Bytes as text, with a dot for each that is none, as a hex dump has it. A character
/// that is cut at the end is left out.
fn seen(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.extend(
            chunk.valid().chars().map(|c| if c.is_control() { '·' } else { c }),
        );
        let cut = str::from_utf8(chunk.invalid())
            .is_err_and(|error| error.error_len().is_none());
        if !cut {
            text.extend(chunk.invalid().iter().map(|_| '·'));
        }
    }
    text
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
