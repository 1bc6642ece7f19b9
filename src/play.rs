//! Scenes in the terminal: each line as it happens, then what differs. Those of a text
//! file anywhere on disk, too.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anstyle::AnsiColor::{self, Blue, Cyan, Green, Magenta, Yellow};
use tempfile::NamedTempFile;

use crate::failure::{Failure, Played};
use crate::scene::difference::difference;
use crate::scene::line::{Kind, Line};
use crate::scene::script::Script;
use crate::stage::player::{PATIENCE, Purpose, play};
use crate::stage::programs::Programs;
use crate::stage::rewrite::rewrite;
use crate::style::{PLAIN, RED};

/// Given to speakers in their order of appearance.
const COLOURS: [AnsiColor; 5] = [Green, Cyan, Magenta, Yellow, Blue];

/// The exit code for a text that is no scene.
const NO_SCENE: u8 = 2;

/// Plays the scene of each file; to `fill` a file in, writes down in it what is said.
/// Returns the exit code: 0 if all went as it is told, 1 if not, 2 if a text is no scene.
///
/// # Errors
/// When a file cannot be read or written, or `out` cannot.
pub fn play_files(
    out: &mut dyn Write,
    programs: &Programs,
    files: &[PathBuf],
    fill: bool,
) -> Played<u8> {
    let mut code = 0;
    for file in files {
        // What is no text is no scene: its line says so.
        let text =
            fs::read(file).map_err(|error| Failure::of(file.display(), &error))?;
        let text = String::from_utf8_lossy(&text);
        let script = if fill { Script::read_draft(&text) } else { Script::read(&text) };
        code = code.max(match script {
            Err(mistake) => {
                writeln!(out, "{RED}{}, {mistake}{RED:#}", file.display())?;
                NO_SCENE
            }
            Ok(_) if fill => u8::from(!fill_in(out, programs, file, &text)?),
            Ok(script) => u8::from(!live(out, programs, &script)?),
        });
    }
    Ok(code)
}

/// Writes into `file` what is said when its scene is played.
fn fill_in(
    out: &mut dyn Write,
    programs: &Programs,
    file: &Path,
    text: &str,
) -> Played<bool> {
    let name = file.display();
    let filled = rewrite(programs, text, PATIENCE, Purpose::Fill, &mut shown_on(out));
    match &filled {
        Err(why) => writeln!(out, "{RED}{name} stays as it is:{RED:#} {why}")?,
        Ok(new) => {
            replace(file, new).map_err(|error| Failure::of(&name, &error))?;
            writeln!(out, "\n{name} is filled in. Played again, it was the same.")?;
        }
    }
    Ok(filled.is_ok())
}

/// Gives `file` another text, all of it or nothing: the disk may be full.
fn replace(file: &Path, text: &str) -> io::Result<()> {
    let file = file.canonicalize()?;
    let mut new = NamedTempFile::new_in(file.parent().unwrap_or(&file))?;
    new.write_all(text.as_bytes())?;
    fs::set_permissions(new.path(), fs::metadata(&file)?.permissions())?;
    new.persist(&file).map(drop).map_err(|error| error.error)
}

/// Plays a scene, shows each line as it happens, and then what differs. Returns whether
/// nothing does.
///
/// # Errors
/// When `out` cannot be written.
pub fn live(out: &mut dyn Write, programs: &Programs, script: &Script) -> Played<bool> {
    let performance =
        play(programs, script, PATIENCE, Purpose::Compare, &mut shown_on(out));
    if let Err(failure) = &performance.outcome {
        writeln!(out, "{RED}It came to no end:{RED:#} {failure}")?;
    }
    let difference = difference(&performance.expected, &performance.seen);
    if let Some(difference) = &difference {
        writeln!(out, "{RED}This run differs{RED:#} (-: as it is told, +: this run)")?;
        write!(out, "{difference}")?;
    }
    Ok(performance.outcome.is_ok() && difference.is_none())
}

/// Shows each line that happens, its speaker in the speaker's colour.
fn shown_on(out: &mut dyn Write) -> impl FnMut(&Line) {
    let mut speakers: Vec<String> = Vec::new();
    move |line| {
        let known = speakers.iter().position(|name| *name == line.speaker);
        let seat = known.unwrap_or(speakers.len());
        speakers.extend(known.is_none().then(|| line.speaker.clone()));
        let (whole, prefix) = (line.to_string(), line.prefix());
        let (style, end) = match line.kind {
            Kind::Remark => (PLAIN.dimmed(), whole.len()),
            _ => (COLOURS[seat % COLOURS.len()].on_default(), prefix.len()),
        };
        let (speaker, text) = whole.split_at(end.min(whole.len()));
        // Whoever writes there next hears of it.
        let _ = writeln!(out, "{style}{speaker}{style:#}{text}");
    }
}
