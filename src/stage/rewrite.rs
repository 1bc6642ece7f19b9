//! Writes a scene anew from what really happens: a draft is filled in, a scene whose
//! program has changed is blessed.

use std::time::Duration;

use super::player::{Listener, Performance, Purpose, play};
use super::programs::Programs;
use crate::failure::{Failure, Played};
use crate::scene::difference::difference;
use crate::scene::script::Script;

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
    let wrong = |mistake| Failure::new(format!("{mistake}"));
    let script = Script::read_draft(text).map_err(wrong)?;
    let Performance { seen, outcome, lost, .. } =
        play(programs, &script, patience, purpose, listener);
    outcome?;
    if let Some(number) = lost.first() {
        let step = script.steps.iter().find(|step| step.number == *number);
        let line = step.map(|step| step.line.to_string()).unwrap_or_default();
        return Err(Failure::new(format!(
            "line {number}: `{line}` was waited for and did not come; \
             if nobody shall say it any more, take it out of the scene"
        )));
    }
    let script = Script::read(&seen).map_err(wrong)?;
    let again = play(programs, &script, patience, Purpose::Compare, Box::new(|_| ()));
    again.outcome?;
    match difference(&seen, &again.seen) {
        None => Ok(seen),
        Some(difference) => Err(Failure::new(format!(
            "played again (+) it was not the same; put a name, as <some time>, in the \
             place of what varies:\n{difference}"
        ))),
    }
}
