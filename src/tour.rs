//! The tour: scenes of the chapters, and whether all went as their snapshots say.

use std::io::Write;

use anstyle::{AnsiColor, Style};

use crate::chapters::{Chapter, Scene};
use crate::failure::Played;
use crate::play::live;
use crate::stage::programs::Programs;

const BOLD: Style = Style::new().bold();
const RED: Style = AnsiColor::Red.on_default();
const GREEN: Style = AnsiColor::Green.on_default();

/// Plays scenes, shows them, and sums up. Returns whether each did as its snapshot
/// says.
///
/// # Errors
/// When `out` cannot be written, or a scene has no snapshot that can be played.
pub fn play(
    out: &mut dyn Write,
    programs: &Programs,
    chapters: &[(&Chapter, Vec<&Scene>)],
) -> Played<bool> {
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
) -> Played {
    writeln!(out, "\n{BOLD}{}{BOLD:#}: {}", scene.name, scene.about)?;
    if let Some(why) = scene.impediment() {
        tally.skipped += 1;
        writeln!(out, "skipped: {why}")?;
        return Ok(());
    }
    tally.played += 1;
    if !live(out, programs, &chapter.script(scene)?)? {
        tally.differ.push(scene.name);
    }
    Ok(())
}
