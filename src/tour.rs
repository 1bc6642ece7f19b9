//! Scenes in the terminal: each line as it happens, then whether all went as the
//! snapshots say.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use crate::programs::Programs;
use crate::scenes::{Chapter, Scene};
use crate::snapshot;
use crate::stage::{PATIENCE, Stage};
use crate::transcript::{Kind, Line};

const BOLD: Style = Style::new().bold();
const DIMMED: Style = Style::new().dimmed();
const RED: Style = AnsiColor::Red.on_default();
const GREEN: Style = AnsiColor::Green.on_default();

/// Given to speakers in their order of appearance.
const COLOURS: [AnsiColor; 5] = [
    AnsiColor::Green,
    AnsiColor::Cyan,
    AnsiColor::Magenta,
    AnsiColor::Yellow,
    AnsiColor::Blue,
];

/// Plays scenes, shows them, and sums up. Returns whether each did as its snapshot
/// says.
///
/// # Errors
/// When `out` cannot be written.
pub fn play(
    out: &mut dyn Write,
    programs: &Programs,
    chapters: &[(&Chapter, Vec<&Scene>)],
) -> io::Result<bool> {
    let mut summary = Vec::new();
    for (chapter, scenes) in chapters {
        writeln!(
            out,
            "\n{BOLD}{}. {}: {}{BOLD:#}\n{}",
            chapter.number(),
            chapter.name,
            chapter.title,
            chapter.question
        )?;
        let mut tally = Tally::default();
        for scene in scenes {
            play_scene(out, programs, chapter, scene, &mut tally)?;
        }
        summary.push((chapter, tally));
    }

    writeln!(out, "\n{BOLD}{:17}  scenes  as in its snapshots{BOLD:#}", "chapter")?;
    for (chapter, tally) in &summary {
        let verdict = match tally.differ.as_slice() {
            [] => format!("{GREEN}yes{GREEN:#}"),
            scenes => format!("{RED}no{RED:#}: {}", scenes.join(", ")),
        };
        let skipped = if tally.skipped > 0 {
            format!(" ({} skipped)", tally.skipped)
        } else {
            String::new()
        };
        writeln!(out, "{:17}  {:6}  {verdict}{skipped}", chapter.name, tally.played)?;
    }
    Ok(summary.iter().all(|(_, tally)| tally.differ.is_empty()))
}

/// What became of a chapter's scenes.
#[derive(Default)]
struct Tally {
    played: usize,
    skipped: usize,
    differ: Vec<&'static str>,
}

fn play_scene(
    out: &mut dyn Write,
    programs: &Programs,
    chapter: &Chapter,
    scene: &Scene,
    tally: &mut Tally,
) -> io::Result<()> {
    writeln!(out, "\n{BOLD}{}{BOLD:#}: {}", scene.name, scene.about)?;
    if let Some(why) = scene.impediment() {
        tally.skipped += 1;
        return writeln!(out, "skipped: {why}");
    }
    tally.played += 1;

    let mut speakers = Vec::new();
    let mut shown = Ok(());
    let (transcript, outcome) = {
        let show = |line: &Line| {
            if shown.is_ok() {
                shown = show(out, &mut speakers, line);
            }
        };
        Stage::new(programs, PATIENCE, Box::new(show)).play(scene.play)
    };
    shown?;

    if let Err(failure) = &outcome {
        writeln!(
            out,
            "{RED}The scene could not be played to its end:{RED:#} {failure}"
        )?;
    }
    let difference = snapshot::difference(chapter, scene, &transcript);
    if let Some(difference) = &difference {
        writeln!(
            out,
            "{RED}This run differs from its snapshot{RED:#} (-: the snapshot, +: this run)"
        )?;
        write!(out, "{difference}")?;
    }
    if outcome.is_err() || difference.is_some() {
        tally.differ.push(scene.name);
    }
    Ok(())
}

/// One line of a transcript, its speaker in the speaker's colour.
fn show(
    out: &mut dyn Write,
    speakers: &mut Vec<String>,
    line: &Line,
) -> io::Result<()> {
    let seat =
        speakers.iter().position(|name| *name == line.speaker).unwrap_or_else(|| {
            speakers.push(line.speaker.clone());
            speakers.len() - 1
        });
    let style = match line.kind {
        Kind::Remark => DIMMED,
        Kind::Alone => Style::new(),
        _ => COLOURS[seat % COLOURS.len()].on_default(),
    };
    let whole = line.to_string();
    let coloured =
        if line.kind == Kind::Remark { whole.len() } else { line.prefix().len() };
    let (speaker, text) = whole.split_at(coloured.min(whole.len()));
    writeln!(out, "{style}{speaker}{style:#}{text}")
}
