//! Programs that run, none of which outlives us, if we end by ourselves or by Ctrl-C.
//!
//! On Linux none does either when something else ends us, be it SIGKILL; but what a
//! program has started in turn may go on then: the compilers of a cargo do, until they
//! are done. On other systems our programs go on then: a client until it reads the end
//! of its input, a server perhaps until somebody ends it.

use std::io::{self, Write};
use std::path::Path;
use std::process::{self, Child, Command, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Once, Weak};
use std::thread;
use std::time::{Duration, Instant};

#[cfg(unix)]
pub use rustix::process::Signal;

use super::{folder, lock};
use crate::failure::{Failure, Played};

/// How often we look whether a program has ended: std can wait for ever or not at all.
const LOOK: Duration = Duration::from_millis(2);

/// How long a program may take to fall asleep before it is interrupted all the same.
pub const DROWSY: Duration = Duration::from_secs(1);

/// Every program that we started and that may still run.
static ALL: Mutex<Vec<Weak<Mutex<Child>>>> = Mutex::new(Vec::new());

/// The exit code of a program that Ctrl-C ended: 128 and the number of SIGINT.
const INTERRUPTED: i32 = 130;

static AT_CTRL_C: Once = Once::new();

/// Whether Ctrl-C is ending us.
static ENDING: AtomicBool = AtomicBool::new(false);

/// What programs are told from outside on other systems.
#[cfg(not(unix))]
pub enum Signal {
    /// What Ctrl-C means.
    INT,
    /// To end.
    KILL,
    /// To do nothing more.
    STOP,
    /// To go on.
    CONT,
}

/// A program that runs. Dropping it kills the program.
pub struct Running(Arc<Mutex<Child>>);

impl Running {
    /// Starts `command`, and keeps no end of a pipe that was handed to it: what reads from
    /// the program sees its end.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn start(mut command: Command) -> Played<Self> {
        AT_CTRL_C.call_once(end_all_at_ctrl_c);
        // Held until the child is in the list: Ctrl-C must not miss one that is being
        // born.
        let mut all = lock(&ALL);
        let child = spawn(&mut command).map_err(|error| {
            let program = command.get_program().display();
            Failure::new(match error.kind() {
                io::ErrorKind::NotFound => format!("there is no program {program}"),
                kind => format!("cannot run {program}: {kind}"),
            })
        })?;
        let child = Arc::new(Mutex::new(child));
        all.retain(|other| other.strong_count() > 0);
        all.push(Arc::downgrade(&child));
        Ok(Self(child))
    }

    /// How it ended, if it has.
    ///
    /// # Errors
    /// As `waitpid(2)`: none that a caller can mend.
    pub fn ended(&self) -> io::Result<Option<ExitStatus>> {
        lock(&self.0).try_wait()
    }

    /// Waits until it has ended, at most until `deadline`.
    ///
    /// # Errors
    /// As [`Running::ended`].
    pub fn wait(&self, deadline: Instant) -> io::Result<Option<ExitStatus>> {
        until(deadline, || !matches!(self.ended(), Ok(None)));
        self.ended()
    }

    /// Ends it at once.
    pub fn kill(&self) {
        self.begins_to_end();
        let _ = lock(&self.0).wait();
    }

    /// The same, with all that it has started in turn, if it was set apart; and does not
    /// wait until they have ended.
    pub fn begins_to_end(&self) {
        let _ = self.signal(Signal::KILL);
        // Fails only when it has ended and was waited for, which is what we want.
        let _ = lock(&self.0).kill();
    }

    // ANCHOR: interrupt
    /// Does what Ctrl-C in its terminal does: sends SIGINT, once it sleeps in a call. A
    /// user's would find it there too, and not just before it.
    ///
    /// # Errors
    /// On a system without signals.
    pub fn interrupt(&self) -> io::Result<()> {
        self.comes_to_rest();
        self.signal(Signal::INT)
    }

    /// Waits until all of its threads sleep, so that it will do nothing more by itself.
    /// Only Linux says whether they do.
    pub fn comes_to_rest(&self) {
        let id = lock(&self.0).id().to_string();
        until(Instant::now() + DROWSY, || {
            // One that is traced is a child of what was started.
            let children = format!("/proc/{id}/task/{id}/children");
            let children = std::fs::read_to_string(children).unwrap_or_default();
            children.split_whitespace().chain([&*id]).all(all_asleep)
        });
    }
    // ANCHOR_END: interrupt

    /// How much memory of its own it has in use, in KiB (`VmRSS` of
    /// `proc_pid_status(5)`). Only Linux says so.
    pub fn resident_kib(&self) -> Option<u32> {
        let status = format!("/proc/{}/status", lock(&self.0).id());
        let status = std::fs::read_to_string(status).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.trim().strip_suffix(" kB")?.parse().ok()
    }

    /// Lets it do nothing more, and returns when it stands still.
    ///
    /// # Errors
    /// As [`Running::interrupt`].
    pub fn pause(&self) -> io::Result<()> {
        self.signal(Signal::STOP)?;
        #[cfg(unix)]
        {
            use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
            let pid = Pid::from_child(&lock(&self.0));
            waitid(WaitId::Pid(pid), WaitIdOptions::STOPPED)?;
        }
        Ok(())
    }

    /// Tells something from outside to it and to all that it has started in turn, as a
    /// terminal does. Who has ended does not hear it.
    ///
    /// # Errors
    /// As [`Running::interrupt`].
    #[cfg(unix)]
    pub fn signal(&self, signal: Signal) -> io::Result<()> {
        use rustix::process::{Pid, kill_process_group};
        // While we hold the child un-waited, its number cannot be given to another
        // process.
        let mut child = lock(&self.0);
        match child.try_wait()? {
            None => Ok(kill_process_group(Pid::from_child(&child), signal)?),
            Some(_) => Ok(()),
        }
    }

    /// Tells it nothing.
    ///
    /// # Errors
    /// Always: this system has no signals.
    #[cfg(not(unix))]
    pub fn signal(&self, _: Signal) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// Ctrl-C in our terminal is for us, and not for this program: we decide what it gets.
pub fn set_apart(command: &mut Command) {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    #[cfg(not(unix))]
    let _ = command;
}

/// Returns when the child has become the program. Until then it has a copy of each of
/// our sockets, and to close ours would not close the connection. It closes its copies
/// in the order of their numbers; we wait for one with a higher number than any socket's.
#[cfg(unix)]
fn spawn(command: &mut Command) -> io::Result<Child> {
    use std::io::Read;

    /// Higher than the number of anything else that we have open. Where so many are not
    /// allowed, we do without.
    const LAST: i32 = 500;

    let (mut reader, writer) = io::pipe()?;
    let last = rustix::io::fcntl_dupfd_cloexec(&writer, LAST);
    drop(writer);
    #[cfg(target_os = "linux")]
    end_with_us(command);
    let child = command.spawn()?;
    drop(last);
    // Its end comes when the last copy of `last` is closed.
    let _ = reader.read(&mut [0]);
    Ok(child)
}

/// Lets the system kill the child when we end, however we do: to be precise, when this
/// thread ends (prctl(2), `PR_SET_PDEATHSIG`). So whoever starts a program keeps its
/// thread until the program has ended: a build is waited for where it was started, and a
/// scene, whether on the main thread, on a test's, or on one of several that `try` plays
/// scenes on, drops its programs, which kills them, before it returns.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "std has no safe way to ask for this in the child")]
fn end_with_us(command: &mut Command) {
    use rustix::process::{Signal, getpid, getppid, set_parent_process_death_signal};
    use std::os::unix::process::CommandExt;

    let us = Some(getpid());
    let ask = move || {
        set_parent_process_death_signal(Some(Signal::KILL))?;
        // Had we ended before it asked, nothing would end it.
        if getppid() == us { Ok(()) } else { Err(io::ErrorKind::NotFound.into()) }
    };
    // SAFETY: between fork and exec, `ask` only makes system calls: it allocates nothing
    // and takes no lock that another thread might have held at the fork.
    unsafe { command.pre_exec(ask) };
}

/// Windows hands nothing down that is not asked for.
#[cfg(not(unix))]
fn spawn(command: &mut Command) -> io::Result<Child> {
    command.spawn()
}

/// Waits until it is so, at most until `deadline`.
pub fn until(deadline: Instant, is_so: impl Fn() -> bool) {
    while !is_so() && Instant::now() < deadline {
        thread::sleep(LOOK);
    }
}

/// Whether all threads of a process sleep.
fn all_asleep(id: &str) -> bool {
    let tasks = std::fs::read_dir(format!("/proc/{id}/task"));
    let mut tasks = tasks.into_iter().flatten();
    tasks.all(|task| task.is_ok_and(|task| is_asleep(&task.path())))
}

/// Whether a thread sleeps, is stopped or has ended, by its `stat` (`proc_pid_stat(5)`, field 3).
pub fn is_asleep(task: &Path) -> bool {
    let stat = std::fs::read_to_string(task.join("stat")).unwrap_or_default();
    stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with(['S', 'T', 'Z']))
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Ctrl-C ends all programs and then us. It also lets them feel it: what is started in the
/// background of a script ignores SIGINT, and so would they; but a handler is not
/// inherited (execve(2)).
fn end_all_at_ctrl_c() {
    // Without a handler Ctrl-C ends us the system's way, and our programs when their
    // input ends.
    let _ = ctrlc::set_handler(|| {
        ENDING.store(true, Ordering::SeqCst);
        // A terminal that was closed hears nothing any more.
        let _ = writeln!(io::stderr(), "\nsocket-tour: interrupted");
        // Never released: from now on nothing is started any more.
        let all = lock(&ALL);
        for child in all.iter().filter_map(Weak::upgrade) {
            Running(child).kill();
        }
        folder::remove_all();
        process::exit(INTERRUPTED);
    });
}

/// Whoever is done while Ctrl-C ends us does not end us sooner, and otherwise.
pub fn wait_if_interrupted() {
    while ENDING.load(Ordering::SeqCst) {
        thread::park();
    }
}

/// Does `act` while no program is being started.
pub fn while_none_is_started<T>(act: impl FnOnce() -> T) -> T {
    let _all = lock(&ALL);
    act()
}
