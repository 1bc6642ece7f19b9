//! A file while it arrives: until it is whole, it has no name that anybody looks for.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::{Mutex, PoisonError};

use sanitize_filename::{OptionsForCheck, is_sanitized_with_options};
use tempfile::{Builder, NamedTempFile};

use crate::{complain, ensure, telling};

/// How the name of an unfinished file begins.
const UNFINISHED: &str = ".file-transfer-";

/// Where those under way are.
static UNDER_WAY: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// The name that a client asks for, if every system can keep a file under it, and show it.
pub fn check_name(name: &[u8]) -> io::Result<&str> {
    let name = str::from_utf8(name).map_err(io::Error::other)?;
    // No `/` nor `\`, no device of Windows, at most 255 bytes. (It lacks `CONIN$`.)
    let everywhere = OptionsForCheck { windows: true, truncate: true };
    let can_be_kept = is_sanitized_with_options(name, everywhere);
    // Escaped is what is invisible, or turns the line around (and `'`, which does neither).
    let is_seen = name.escape_debug().to_string().replace("\\'", "'") == name;
    let is_odd = name.is_empty() || name.starts_with(['.', '-']) || name.ends_with('$');
    let is_plain = can_be_kept && is_seen && !is_odd;
    ensure(is_plain, "no name that every system can keep and show").map(|()| name)
}

/// An empty file in `dir`, under a name that is nobody's. It is removed when it is dropped.
pub fn begin(dir: &Path) -> io::Result<NamedTempFile> {
    let mut list = UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner);
    list.retain(|path| path.exists());
    let mut builder = Builder::new();
    let new = builder.prefix(UNFINISHED).make_in(dir, |path| File::create_new(path))?;
    // Tells other servers that it is somebody's. Where there are no locks, they do not
    // sweep, either.
    let _ = new.as_file().try_lock();
    list.push(new.path().to_owned());
    Ok(new)
}

/// Gives it its name in `dir`, if that is free. From then on it stays.
pub fn keep(file: NamedTempFile, dir: &Path, name: &str) -> io::Result<()> {
    // What is written lies in memory for a while: bring it to the disk.
    file.as_file().sync_all().map_err(telling("cannot write it"))?;
    link(&file, &dir.join(name)).map_err(telling("cannot keep it"))?;
    // Its first name goes.
    drop(file);
    // Names are written in the folder. (Windows has no such call.)
    if cfg!(unix) {
        let synced = File::open(dir).and_then(|folder| folder.sync_all());
        synced.map_err(telling("it is there, but may not last"))?;
    }
    Ok(())
}

/// A second name, if nobody has it: in one call, between two somebody else could take it.
/// It goes to the file that is open here, whatever stands under the first one by now.
#[cfg(target_os = "linux")]
fn link(file: &NamedTempFile, path: &Path) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, linkat};
    use std::os::fd::AsRawFd;

    let open = format!("/proc/self/fd/{}", file.as_file().as_raw_fd());
    Ok(linkat(CWD, open, CWD, path, AtFlags::SYMLINK_FOLLOW)?)
}

/// Elsewhere to what stands under the first one.
#[cfg(not(target_os = "linux"))]
fn link(file: &NamedTempFile, path: &Path) -> io::Result<()> {
    fs::hard_link(file.path(), path)
}

/// Ends the program, and leaves nothing unfinished.
pub fn end(code: i32) -> ! {
    // Nobody begins another, for the list stays locked.
    let list = UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner);
    for path in &*list {
        // Those that are kept by now are gone from there.
        let _ = fs::remove_file(path);
    }
    process::exit(code)
}

/// Removes what servers left in `dir` that were killed. Whoever works on a file has
/// locked it, and the lock of a program ends with it.
pub fn sweep(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let ours = name.starts_with(UNFINISHED) && entry.file_type()?.is_file();
        let is_free = || File::open(entry.path()).and_then(|file| Ok(file.try_lock()?));
        if ours && is_free().is_ok() {
            fs::remove_file(entry.path())?;
            complain(&format!("removed {name:?}, which nobody finishes"));
        }
    }
    Ok(())
}
