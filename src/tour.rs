//! The tour: scenes of the chapters, and whether all went as their snapshots say.

use std::io::Write;

use crate::chapters::{Chapter, Scene};
use crate::failure::Played;
use crate::play::live;
use crate::stage::programs::Programs;
use crate::style::{BOLD, GREEN, RED};

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
    let mut summary = String::new();
    let mut good = true;
    for (chapter, scenes) in chapters {
        let Chapter { name, title, question, .. } = chapter;
        let number = chapter.number();
        writeln!(out, "\n{BOLD}{number}. {name}: {title}{BOLD:#}\n{question}")?;
        let (mut skipped, mut differ) = (0, Vec::new());
        for scene in scenes {
            writeln!(out, "\n{BOLD}{}{BOLD:#}: {}", scene.name, scene.about)?;
            if let Some(why) = scene.impediment() {
                writeln!(out, "skipped: {why}")?;
                skipped += 1;
            } else if !live(out, programs, &chapter.script(scene)?)? {
                differ.push(scene.name);
            }
        }

        let played = scenes.len() - skipped;
        let verdict = match &differ[..] {
            [] => format!("{GREEN}yes{GREEN:#}"),
            _ => format!("{RED}no{RED:#}: {}", differ.join(", ")),
        };
        let skips = (skipped > 0).then(|| format!(" ({skipped} skipped)"));
        let skips = skips.unwrap_or_default();
        summary += &format!("{name:17}  {played:6}  {verdict}{skips}\n");
        good &= differ.is_empty();
    }
    writeln!(out, "\n{BOLD}{:17}  scenes  as in its snapshots{BOLD:#}", "chapter")?;
    write!(out, "{summary}")?;
    Ok(good)
}
