//! Writes a scene anew from what really happens: a draft is filled in, a scene whose
//! program has changed is blessed.

use std::time::Duration;

use super::player::{Listener, Performance, Purpose, play};
use super::programs::Programs;
use crate::failure::{Failure, Played};
use crate::scene::difference::difference;
use crate::scene::script::{Script, Step};

/// What stands in a draft that is filled in for what is another word each time.
const VARIES: &str = "<what varies>";

/// What the scene says when it is played now. It is played a second time before it is
/// believed.
///
/// # Errors
/// When a deed fails, when somebody is waited for in vain, and when it is not the same the
/// second time.
pub fn rewrite(
    programs: &Programs,
    text: &str,
    patience: Duration,
    purpose: Purpose,
    listener: Listener<'_>,
) -> Played<String> {
    let mut script = Script::read_draft(text)?;
    if purpose == Purpose::Fill {
        script.steps.retain(Step::stays_in_a_draft);
    }
    let Performance { seen: mut text, outcome, lost, .. } =
        play(programs, &script, patience, purpose, listener);
    outcome?;
    if let Some(line) = lost.first() {
        return Err(Failure::new(format!(
            "{line} was waited for and did not come; \
             if nobody shall say it any more, take it out of the scene"
        )));
    }
    for try_to_name in [purpose == Purpose::Fill, false] {
        let script = Script::read(&text)?;
        let again = play(programs, &script, patience, Purpose::Compare, &mut |_| ());
        again.outcome.map_err(|why| {
            let numbered = text.lines().zip(1..);
            let lines = numbered.map(|(line, number)| format!("\n{number:3} {line}"));
            let lines: String = lines.collect();
            Failure::new(format!("played again, {why}\nThe text was:{lines}"))
        })?;
        match difference(&text, &again.seen) {
            None => return Ok(text),
            Some(_) if try_to_name => text = with_names(&text, &again.seen),
            Some(difference) => {
                return Err(Failure::new(format!(
                    "played again (+) it was not the same; put a name, as <some time>, in \
                     the place of what varies:\n{difference}"
                )));
            }
        }
    }
    Ok(text)
}

/// `text` with a name in place of each word that was another one in `again`.
fn with_names(text: &str, again: &str) -> String {
    let lines = text.lines().zip(again.lines()).map(|(line, other)| {
        let words = line.split(' ').zip(other.split(' '));
        let words =
            words.map(|(word, other)| if word == other { word } else { VARIES });
        let same = line.split(' ').count() == other.split(' ').count();
        if same { words.collect::<Vec<_>>().join(" ") } else { line.to_owned() }
    });
    lines.map(|line| line + "\n").collect()
}
