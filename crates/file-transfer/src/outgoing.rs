//! What is to be sent: opened, measured and named.

use std::env;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek};
use std::path::Path;

use crate::console::reason;
use crate::text::printable;

/// A file to be sent.
pub struct Outgoing {
    pub file: File,
    pub size: u64,
    pub name: String,
}

// ANCHOR: open
impl Outgoing {
    /// Opens the file `path`, or takes in standard input if that is `-`.
    ///
    /// # Errors
    /// When there is nothing that could be sent, in words.
    pub fn open(path: &Path, name: Option<&str>) -> Result<Self, String> {
        let shown = shown(path);
        if path.as_os_str() == "-" {
            let name = name.ok_or(
                "- is standard input, which has no name: choose one with --name",
            )?;
            return Self::standard_input(name);
        }
        let cannot = |error: &io::Error| {
            let why = match error.kind() {
                ErrorKind::NotFound => "no such file".to_owned(),
                _ => reason(error),
            };
            format!("cannot read {shown}: {why}")
        };
        // Looked at before it is opened: to open a pipe would wait for its writer.
        let metadata = path.metadata().map_err(|error| cannot(&error))?;
        if metadata.is_dir() {
            return Err(format!("{shown} is a folder; send its files one by one"));
        }
        let no_size =
            || format!("{shown} is no file with a size; send it as standard input: -");
        if !metadata.is_file() {
            return Err(no_size());
        }
        let name =
            match name.or_else(|| path.file_name().and_then(|name| name.to_str())) {
                Some(name) => name.to_owned(),
                None => {
                    return Err(format!(
                        "the name of {shown} is not UTF-8: choose one with --name"
                    ));
                }
            };
        let mut file = File::open(path).map_err(|error| cannot(&error))?;
        let size = file.metadata().map_err(|error| cannot(&error))?.len();
        // The system makes up some files, such as /proc/cpuinfo, while they are read.
        if size == 0 && file.read(&mut [0]).map_err(|error| cannot(&error))? > 0 {
            return Err(no_size());
        }
        Ok(Self { file, size, name })
    }

    /// The size travels before the bytes, so all of standard input has to be there first:
    /// in a file without a name, which vanishes with us.
    fn standard_input(name: &str) -> Result<Self, String> {
        let copied = tempfile::tempfile().and_then(|mut file| {
            let size = io::copy(&mut io::stdin().lock(), &mut file)?;
            file.rewind()?;
            Ok(Self { file, size, name: name.to_owned() })
        });
        copied.map_err(|error| {
            let through = shown(&env::temp_dir());
            let why = reason(&error);
            format!("cannot take in standard input (through {through}): {why}")
        })
    }
}
// ANCHOR_END: open

/// A path as a terminal may show it.
pub fn shown(path: &Path) -> String {
    printable(path.as_os_str().as_encoded_bytes())
}
